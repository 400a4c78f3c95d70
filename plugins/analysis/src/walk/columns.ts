/** Values of `kind`: regular file, symlink, and FIFOs, sockets and devices. */
export const regular = 0;
export const symlink = 1;
export const other = 2;

/**
 * What `lstat` said of every entry that is not a folder, a column per value: objects would take
 * ten times the memory and keep the garbage collector busy. Threads share them. Rows from `count` on are unused.
 */
export interface FileColumns {
  count: number;
  folder: Uint32Array<SharedArrayBuffer>;
  size: Float64Array<SharedArrayBuffer>;
  /** Of 512 bytes. */
  blocks: Float64Array<SharedArrayBuffer>;
  /** Milliseconds since 1970, as `changed`. */
  modified: Float64Array<SharedArrayBuffer>;
  changed: Float64Array<SharedArrayBuffer>;
  /** The lower 53 bits; what is above them is part of the device. */
  inode: Float64Array<SharedArrayBuffer>;
  /** Index into `devices`. */
  device: Uint16Array<SharedArrayBuffer>;
  links: Uint32Array<SharedArrayBuffer>;
  /** Index into `extensions`. */
  extension: Uint32Array<SharedArrayBuffer>;
  nameHash: Uint32Array<SharedArrayBuffer>;
  /** Where the name ends in `names`; it begins where the one before ends. */
  nameEnd: Float64Array<SharedArrayBuffer>;
  kind: Uint8Array<SharedArrayBuffer>;
  /** UTF-8 of all names, escaped as escape.ts says. */
  names: Uint8Array<SharedArrayBuffer>;
  /** With the dot; empty for none. */
  extensions: string[];
  devices: string[];
}

export function emptyColumns(capacity: number, nameCapacity: number): FileColumns {
  return {
    count: 0,
    folder: new Uint32Array(shared(capacity * 4)),
    size: new Float64Array(shared(capacity * 8)),
    blocks: new Float64Array(shared(capacity * 8)),
    modified: new Float64Array(shared(capacity * 8)),
    changed: new Float64Array(shared(capacity * 8)),
    inode: new Float64Array(shared(capacity * 8)),
    device: new Uint16Array(shared(capacity * 2)),
    links: new Uint32Array(shared(capacity * 4)),
    extension: new Uint32Array(shared(capacity * 4)),
    nameHash: new Uint32Array(shared(capacity * 4)),
    nameEnd: new Float64Array(shared(capacity * 8)),
    kind: new Uint8Array(shared(capacity)),
    names: new Uint8Array(shared(nameCapacity)),
    extensions: [],
    devices: [],
  };
}

// V8 counts the memory of other buffers, and collects garbage where there is none on the way.
function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/** The columns with one value per row, in one order for all that copies them. */
export function rowColumns(files: FileColumns) {
  return [
    files.folder,
    files.size,
    files.blocks,
    files.modified,
    files.changed,
    files.inode,
    files.device,
    files.links,
    files.extension,
    files.nameHash,
    files.nameEnd,
    files.kind,
  ] as const;
}

/** How much of `names` is in use. */
export function nameBytesUsed(files: FileColumns): number {
  return files.count === 0 ? 0 : files.nameEnd[files.count - 1]!;
}

/** The folders one thread read. A folder's number is its row times the number of threads plus the thread's own. */
export interface FolderColumns {
  count: number;
  /** Number of the parent; the root's is its own. */
  parent: Float64Array<ArrayBuffer>;
  size: Float64Array<ArrayBuffer>;
  blocks: Float64Array<ArrayBuffer>;
  modified: Float64Array<ArrayBuffer>;
  names: string[];
}

export function emptyFolders(capacity: number): FolderColumns {
  return {
    count: 0,
    parent: new Float64Array(capacity),
    size: new Float64Array(capacity),
    blocks: new Float64Array(capacity),
    modified: new Float64Array(capacity),
    names: [],
  };
}

/** A copy with more room. */
export function widerFolders(folders: FolderColumns): FolderColumns {
  const wider = { ...emptyFolders(folders.count * 2), count: folders.count, names: folders.names };
  for (const key of ['parent', 'size', 'blocks', 'modified'] as const) wider[key].set(folders[key]);
  return wider;
}
