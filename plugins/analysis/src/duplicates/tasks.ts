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

export interface TasksLayout {
  memory: SharedArrayBuffer;
  count: number;
  groups: number;
  pathBytes: number;
  threads: number;
  /** True: read whole files; false: the ends, and small files whole where those are the same. */
  isContents: boolean;
}

/**
 * Files to read, in groups of those that may be the same, in memory that all threads share. Each
 * thread takes the next few groups when it has done its own.
 */
export class HashTasks {
  readonly layout: TasksLayout;
  readonly isContents: boolean;
  readonly sizes: Float64Array;
  /** Where each group ends; it begins where the one before ends. */
  readonly groupEnds: Uint32Array;
  /** 1: all of the group need their SHA-256, because others have theirs already. */
  readonly needDigest: Uint8Array;
  /** Where each path ends in `paths`; it begins where the one before ends. */
  readonly pathEnds: Float64Array;
  readonly paths: Buffer;
  readonly states: Uint8Array;
  /** CRC-32 of the last bytes of a small file, or of the ends of another. */
  readonly heads: Uint32Array;
  readonly hasDigest: Uint8Array;
  readonly digests: Buffer;
  readonly #header: Int32Array;
  readonly #counters: Float64Array;

  constructor(layout: TasksLayout) {
    const { memory, count, groups, pathBytes, threads } = layout;
    this.layout = layout;
    this.isContents = layout.isContents;
    let at = 0;
    const take = (bytes: number): number => {
      const start = at;
      at += Math.ceil(bytes / 8) * 8;
      return start;
    };
    this.#header = new Int32Array(memory, take(headerBytes), headerBytes / 4);
    this.#counters = new Float64Array(memory, take(threads * counterBytes), threads * 2);
    this.sizes = new Float64Array(memory, take(count * 8), count);
    this.pathEnds = new Float64Array(memory, take(count * 8), count);
    this.groupEnds = new Uint32Array(memory, take(groups * 4), groups);
    this.heads = new Uint32Array(memory, take(count * 4), count);
    this.digests = Buffer.from(memory, take(count * digestBytes), count * digestBytes);
    this.states = new Uint8Array(memory, take(count), count);
    this.hasDigest = new Uint8Array(memory, take(count), count);
    this.needDigest = new Uint8Array(memory, take(groups), groups);
    this.paths = Buffer.from(memory, take(pathBytes), pathBytes);
  }

  /** Room for so many tasks; the caller fills in sizes, groups and paths. */
  static create(layout: Omit<TasksLayout, 'memory'>): HashTasks {
    const { count, groups, pathBytes, threads } = layout;
    const bytes =
      headerBytes +
      threads * counterBytes +
      count * (8 + 8 + 4 + digestBytes + 1 + 1) +
      groups * (4 + 1) +
      pathBytes +
      9 * 8;
    return new HashTasks({ ...layout, memory: new SharedArrayBuffer(bytes) });
  }

  /** Takes the next `wanted` groups: the number of the first. Past the end: there are none left. */
  take(wanted: number): number {
    return Atomics.add(this.#header, nextGroup, wanted);
  }

  path(task: number): Buffer {
    return this.paths.subarray(task === 0 ? 0 : this.pathEnds[task - 1]!, this.pathEnds[task]!);
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
