/** Values of `kind`: regular file, symlink, and FIFOs, sockets and devices. */
export const regular = 0;
export const symlink = 1;
export const other = 2;

/**
 * What `lstat` said of every entry that is not a folder, a column per value: objects would take
 * ten times the memory and keep the garbage collector busy. Rows from `count` on are unused.
 */
export interface FileColumns {
  count: number;
  folder: Uint32Array<ArrayBuffer>;
  size: Float64Array<ArrayBuffer>;
  /** Of 512 bytes. */
  blocks: Float64Array<ArrayBuffer>;
  /** Milliseconds since 1970, as `changed`. */
  modified: Float64Array<ArrayBuffer>;
  changed: Float64Array<ArrayBuffer>;
  /** The lower 53 bits; what is above them is part of the device. */
  inode: Float64Array<ArrayBuffer>;
  /** Index into `devices`. */
  device: Uint16Array<ArrayBuffer>;
  links: Uint32Array<ArrayBuffer>;
  /** Index into `extensions`. */
  extension: Uint32Array<ArrayBuffer>;
  nameHash: Uint32Array<ArrayBuffer>;
  /** Where the name ends in `names`; it begins where the one before ends. */
  nameEnd: Float64Array<ArrayBuffer>;
  kind: Uint8Array<ArrayBuffer>;
  /** UTF-8 of all names, escaped as escape.ts says. */
  names: Uint8Array<ArrayBuffer>;
  /** With the dot; empty for none. */
  extensions: string[];
  devices: string[];
}

export function emptyColumns(capacity: number, nameCapacity: number): FileColumns {
  return {
    count: 0,
    folder: new Uint32Array(capacity),
    size: new Float64Array(capacity),
    blocks: new Float64Array(capacity),
    modified: new Float64Array(capacity),
    changed: new Float64Array(capacity),
    inode: new Float64Array(capacity),
    device: new Uint16Array(capacity),
    links: new Uint32Array(capacity),
    extension: new Uint32Array(capacity),
    nameHash: new Uint32Array(capacity),
    nameEnd: new Float64Array(capacity),
    kind: new Uint8Array(capacity),
    names: new Uint8Array(nameCapacity),
    extensions: [],
    devices: [],
  };
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
