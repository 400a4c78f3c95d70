/** What became of a task; 0 while nothing has. */
export const done = 1;
export const unreadable = 2;
export const vanished = 3;
export const forbidden = 4;
/** The file was not as long as the walk had seen it. */
export const changed = 5;

export const digestBytes = 32;

const nextGroup = 0;
const aborted = 1;
const headerBytes = 64;
const counterBytes = 16;
/** More than any file system has. */
const longestName = 1 << 12;

export interface TasksLayout {
  memory: SharedArrayBuffer;
  count: number;
  groups: number;
  folders: number;
  /** Of the paths of all folders. */
  folderBytes: number;
  /** Of the names of all files. */
  nameBytes: number;
  threads: number;
  depth: Depth;
}

/**
 * How much is read: the last bytes; these, and small files whole where they are the same; the first
 * and the last bytes; or whole files.
 */
export type Depth = 'last' | 'last-then-whole' | 'ends' | 'contents';

/**
 * Files to read, in groups of those that may be the same, in memory that all threads share. Each
 * thread takes the next few groups when it has done its own.
 */
export class HashTasks {
  readonly layout: TasksLayout;
  readonly depth: Depth;
  readonly sizes: Float64Array;
  /** Where each group ends; it begins where the one before ends. */
  readonly groupEnds: Uint32Array;
  /** 1: all of the group need their SHA-256, because others have theirs already. */
  readonly needDigest: Uint8Array;
  /** Index of each task's folder. */
  readonly folders: Uint32Array;
  /** Where each folder's path, with a slash, ends in `folderPaths`; it begins where the one before ends. */
  readonly folderEnds: Float64Array;
  readonly folderPaths: Buffer;
  /** Where each name ends in `names`; it begins where the one before ends. */
  readonly nameEnds: Float64Array;
  readonly names: Buffer;
  readonly states: Uint8Array;
  /** CRC-32 of the last bytes, or of both ends. */
  readonly heads: Uint32Array;
  readonly hasDigest: Uint8Array;
  readonly digests: Buffer;
  readonly #header: Int32Array;
  readonly #counters: Float64Array;
  /** The path that was asked for last. */
  #path: Buffer = Buffer.alloc(1 << 12);
  #folder = -1;
  #folderLength = 0;

  constructor(layout: TasksLayout) {
    const { memory, count, groups, threads } = layout;
    this.layout = layout;
    this.depth = layout.depth;
    let at = 0;
    const take = (bytes: number): number => {
      const start = at;
      at += Math.ceil(bytes / 8) * 8;
      return start;
    };
    this.#header = new Int32Array(memory, take(headerBytes), headerBytes / 4);
    this.#counters = new Float64Array(memory, take(threads * counterBytes), threads * 2);
    this.sizes = new Float64Array(memory, take(count * 8), count);
    this.nameEnds = new Float64Array(memory, take(count * 8), count);
    this.folderEnds = new Float64Array(memory, take(layout.folders * 8), layout.folders);
    this.folders = new Uint32Array(memory, take(count * 4), count);
    this.groupEnds = new Uint32Array(memory, take(groups * 4), groups);
    this.heads = new Uint32Array(memory, take(count * 4), count);
    this.digests = Buffer.from(memory, take(count * digestBytes), count * digestBytes);
    this.states = new Uint8Array(memory, take(count), count);
    this.hasDigest = new Uint8Array(memory, take(count), count);
    this.needDigest = new Uint8Array(memory, take(groups), groups);
    this.folderPaths = Buffer.from(memory, take(layout.folderBytes), layout.folderBytes);
    this.names = Buffer.from(memory, take(layout.nameBytes), layout.nameBytes);
  }

  /** Room for so many tasks; the caller fills in sizes, groups and paths. */
  static create(layout: Omit<TasksLayout, 'memory'>): HashTasks {
    const { count, groups, folders, folderBytes, nameBytes, threads } = layout;
    const bytes =
      headerBytes +
      threads * counterBytes +
      count * (8 + 8 + 4 + 4 + digestBytes + 1 + 1) +
      groups * (4 + 1) +
      folders * 8 +
      folderBytes +
      nameBytes +
      12 * 8;
    return new HashTasks({ ...layout, memory: new SharedArrayBuffer(bytes) });
  }

  /** Takes the next `wanted` groups: the number of the first. Past the end: there are none left. */
  take(wanted: number): number {
    return Atomics.add(this.#header, nextGroup, wanted);
  }

  /** The bytes of a task's path, good until the next is asked for. */
  path(task: number): Buffer {
    const folder = this.folders[task]!;
    const nameStart = task === 0 ? 0 : this.nameEnds[task - 1]!;
    const nameLength = this.nameEnds[task]! - nameStart;
    if (folder !== this.#folder) {
      const start = folder === 0 ? 0 : this.folderEnds[folder - 1]!;
      const end = this.folderEnds[folder]!;
      this.#folder = folder;
      this.#folderLength = end - start;
      if (this.#folderLength + longestName > this.#path.length)
        this.#path = Buffer.alloc(this.#folderLength + longestName);
      this.folderPaths.copy(this.#path, 0, start, end);
    }
    // Names are short: a loop is quicker than a call.
    for (let byte = 0; byte < nameLength; byte += 1)
      this.#path[this.#folderLength + byte] = this.names[nameStart + byte]!;
    return this.#path.subarray(0, this.#folderLength + nameLength);
  }

  get isAborted(): boolean {
    return Atomics.load(this.#header, aborted) === 1;
  }

  abort(): void {
    Atomics.store(this.#header, aborted, 1);
  }

  /** Each thread counts for itself. */
  addRead(thread: number, files: number, bytes: number): void {
    this.#counters[thread * 2]! += files;
    this.#counters[thread * 2 + 1]! += bytes;
  }

  read(): { files: number; bytes: number } {
    let files = 0;
    let bytes = 0;
    for (let at = 0; at < this.#counters.length; at += 2) {
      files += this.#counters[at]!;
      bytes += this.#counters[at + 1]!;
    }
    return { files, bytes };
  }
}
