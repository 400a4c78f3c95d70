import type { Stats } from 'node:fs';
import type { NotEntered, Skipped } from '../analysis.ts';
import { escapeName } from '../paths/escape.ts';
import {
  emptyColumns,
  emptyFolders,
  type FileColumns,
  type FolderColumns,
  other,
  regular,
  symlink,
  widerFolders,
} from './columns.ts';
import type { Entries } from './entries.ts';
import type { IsExcluded } from './exclusion.ts';
import { Extensions, indexOf } from './extensions.ts';
import { FileSystems } from './file-systems.ts';
import { hashBegin, hashFactor } from './name-hash.ts';
import type { QueuedFolder } from './queue.ts';

/** What every thread of a walk is told. Plain values: it goes through postMessage. */
export interface WalkSettings {
  root: string;
  rootDevice: number;
  /** STATE, which is not analysed, by what it is and not by what it is called. */
  stateDevice: number;
  stateInode: number;
  /** gitignore patterns relative to the root. */
  exclude: readonly string[];
  crossFileSystems: boolean;
  /** Mount points that show what is elsewhere in the tree too, below `root`, with that place. */
  repeated: ReadonlyMap<string, string>;
  threads: number;
}

/** What one thread found. */
export interface Findings {
  /** In pieces: growing one would copy it over and over. */
  files: FileColumns[];
  folders: FolderColumns;
  skipped: Skipped[];
  skippedCount: number;
  notEntered: NotEntered[];
  excluded: number;
  /** Numbers of folders with something in them that was not looked at. */
  partial: number[];
}

export function emptyFindings(): Findings {
  return {
    files: [],
    folders: emptyFolders(1 << 11),
    skipped: [],
    skippedCount: 0,
    notEntered: [],
    excluded: 0,
    partial: [],
  };
}

const kindMask = 0o170000;
const folderKind = 0o040000;
const regularKind = 0o100000;
const symlinkKind = 0o120000;
const backslash = 0x5c;
const dot = 0x2e;
const listKept = 1000;
const rowsPerPiece = 1 << 14;
const nameBytesPerPiece = 1 << 19;
const encoder = new TextEncoder();

/** Reads folders one after another, for one thread, and keeps what it finds in columns. */
export class FolderReader {
  /** Folders that were found and not read yet; the last comes first. */
  readonly open: QueuedFolder[] = [];
  /** Apparent bytes so far, for progress. */
  bytes = 0;
  readonly #settings: WalkSettings;
  readonly #thread: number;
  readonly #entries: Entries;
  readonly #isExcluded: IsExcluded | undefined;
  readonly #findings = emptyFindings();
  readonly #fileSystems = new FileSystems();
  readonly #extensions = new Extensions();
  readonly #devices = new Map<string, number>();
  #piece = emptyColumns(rowsPerPiece, nameBytesPerPiece);
  #filesBefore = 0;
  #nameEnd = 0;
  #device = 0;
  #deviceNumber = Number.NaN;
  #deviceHigh = 0;
  #folder: QueuedFolder = { number: 0, path: '' };
  #prefix = '';
  #isBetween = true;

  constructor(
    settings: WalkSettings,
    thread: number,
    entries: Entries,
    isExcluded: IsExcluded | undefined,
  ) {
    this.#settings = settings;
    this.#thread = thread;
    this.#entries = entries;
    this.#isExcluded = isExcluded;
  }

  get files(): number {
    return this.#filesBefore + this.#piece.count;
  }

  /** True when the folder that was entered last was read to its end. */
  get isBetween(): boolean {
    return this.#isBetween;
  }

  /** Adds the folder the walk begins with. */
  begin({ size, blocks, mtimeMs }: Stats): void {
    const { root } = this.#settings;
    this.#addFolder(0, root, root, size, blocks, mtimeMs);
  }

  /** Begins the next open folder. */
  enter(): void {
    const folder = this.open.pop()!;
    this.#folder = folder;
    this.#prefix = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
    try {
      this.#entries.open(folder.path, folder.number === 0);
      this.#isBetween = false;
    } catch (error) {
      this.#skip(folder.path, codeOf(error));
      this.#isBetween = true;
    }
  }

  /** Reads on in the folder, `count` entries at most. */
  step(count: number): void {
    if (this.#isBetween) return;
    try {
      for (let left = count; left > 0; left -= 1) {
        if (!this.#entries.next()) {
          this.#isBetween = true;
          return;
        }
        this.#add();
      }
    } catch (error) {
      // The folder's own listing failed half-way: a disk error, or it was removed.
      this.close();
      this.#skip(this.#folder.path, codeOf(error));
    }
  }

  /** Gives up the folder that is being read. */
  close(): void {
    this.#entries.close();
    this.#isBetween = true;
  }

  /** What was found, with the values the columns point to. */
  finish(): Findings {
    this.#findings.files.push(this.#piece);
    for (const piece of this.#findings.files) {
      piece.extensions = this.#extensions.texts;
      piece.devices = [...this.#devices.keys()];
    }
    return this.#findings;
  }

  #add(): void {
    const entries = this.#entries;
    if (entries.failure !== undefined) {
      this.#skip(this.#prefix + this.#name(), entries.failure);
      return;
    }
    const kind = entries.mode & kindMask;
    if (this.#isExcluded?.(this.#prefix + this.#name(), kind === folderKind) === true) {
      this.#findings.excluded += 1;
      this.#leaveOut();
      return;
    }
    if (kind === folderKind) {
      const name = this.#name();
      const path = this.#prefix + name;
      const { size, blocks, modified } = entries;
      if (this.#mayEnter(path))
        this.#addFolder(this.#folder.number, path, name, size, blocks, modified);
      else this.#leaveOut();
      return;
    }
    const length = entries.nameEnd - entries.nameStart;
    // A byte that does not decode takes four when it is escaped.
    if (this.#piece.count === rowsPerPiece || this.#nameEnd + length * 4 > nameBytesPerPiece)
      this.#beginPiece();
    const files = this.#piece;
    const row = files.count;
    files.count += 1;
    this.#writeName(row);
    files.folder[row] = this.#folder.number;
    files.size[row] = entries.size;
    files.blocks[row] = entries.blocks;
    files.modified[row] = entries.modified;
    files.changed[row] = entries.changed;
    files.inode[row] = entries.inode;
    files.links[row] = entries.links;
    if (entries.device !== this.#deviceNumber || entries.inodeHigh !== this.#deviceHigh) {
      this.#deviceNumber = entries.device;
      this.#deviceHigh = entries.inodeHigh;
      this.#device = indexOf(this.#devices, `${entries.device}.${entries.inodeHigh}`);
    }
    files.device[row] = this.#device;
    files.kind[row] = kind === regularKind ? regular : kind === symlinkKind ? symlink : other;
    this.bytes += entries.size;
  }

  /** Keeps the entry's name, its hash and its extension: one loop, because it runs for every file. */
  #writeName(row: number): void {
    const { bytes, nameStart, nameEnd } = this.#entries;
    const files = this.#piece;
    const { names } = files;
    const start = this.#nameEnd;
    let end = start;
    let hash = hashBegin;
    let extensionHash = 0;
    let extensionAt = start;
    let isPlain = true;
    for (let at = nameStart; at < nameEnd; at += 1, end += 1) {
      const byte = bytes[at]!;
      if (byte === dot) {
        extensionAt = end;
        extensionHash = hashBegin;
      } else if (byte === backslash || byte > 0x7f) isPlain = false;
      names[end] = byte;
      hash = Math.imul(hash ^ byte, hashFactor);
      extensionHash = Math.imul(extensionHash ^ byte, hashFactor);
    }
    if (!isPlain) {
      const escaped = encoder.encode(this.#name());
      names.set(escaped, start);
      end = start + escaped.length;
      extensionAt = Math.max(start, start + escaped.lastIndexOf(dot));
    }
    this.#nameEnd = end;
    files.nameEnd[row] = end;
    files.nameHash[row] = hash >>> 0;
    // A dot in front hides a file; it does not begin an extension.
    files.extension[row] =
      extensionAt === start ? 0 : this.#extensions.index(names, extensionAt, end, extensionHash);
  }

  #name(): string {
    const { bytes, nameStart, nameEnd } = this.#entries;
    return escapeName(bytes.subarray(nameStart, nameEnd));
  }

  #beginPiece(): void {
    this.#filesBefore += this.#piece.count;
    this.#findings.files.push(this.#piece);
    this.#piece = emptyColumns(rowsPerPiece, nameBytesPerPiece);
    this.#nameEnd = 0;
  }

  #addFolder(
    parent: number,
    path: string,
    name: string,
    size: number,
    blocks: number,
    modified: number,
  ): void {
    let { folders } = this.#findings;
    if (folders.count === folders.size.length) {
      folders = widerFolders(folders);
      this.#findings.folders = folders;
    }
    const row = folders.count;
    folders.count += 1;
    folders.parent[row] = parent;
    folders.size[row] = size;
    folders.blocks[row] = blocks;
    folders.modified[row] = modified;
    folders.names.push(name);
    this.bytes += size;
    this.open.push({ number: row * this.#settings.threads + this.#thread, path });
  }

  #mayEnter(path: string): boolean {
    const { rootDevice, stateDevice, stateInode, crossFileSystems, repeated } = this.#settings;
    const { device, inode } = this.#entries;
    if (inode === stateInode && device === stateDevice) return false;
    const sameAs = repeated.get(path);
    if (device === rootDevice && sameAs === undefined) return true;
    const { name, pseudo } = this.#fileSystems.of(path, device);
    if (crossFileSystems && !pseudo && sameAs === undefined) return true;
    if (this.#findings.notEntered.length < listKept)
      this.#findings.notEntered.push({
        path,
        fileSystem: name,
        ...(sameAs === undefined ? {} : { sameAs }),
      });
    return false;
  }

  #leaveOut(): void {
    const { partial } = this.#findings;
    if (partial.at(-1) !== this.#folder.number) partial.push(this.#folder.number);
  }

  #skip(path: string, code: string): void {
    this.#leaveOut();
    this.#findings.skippedCount += 1;
    if (this.#findings.skipped.length >= listKept) return;
    if (code === 'EACCES' || code === 'EPERM')
      this.#findings.skipped.push({ path, reason: 'permission denied' });
    else if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP')
      this.#findings.skipped.push({ path, reason: 'vanished' });
    else this.#findings.skipped.push({ path, reason: 'unreadable', code });
  }
}

// Not the kit's: a worker would load all of it, which takes longer than the walk of a small tree.
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
