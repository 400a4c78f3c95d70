/** What became of a task. */
export const pending = 0;
export const done = 1;
export const unreadable = 2;
export const vanished = 3;
export const forbidden = 4;
/** The file was not as long as the walk had seen it. */
export const changed = 5;

export const digestBytes = 32;

const nextTask = 0;
const aborted = 1;
const headerBytes = 64;
const counterBytes = 16;

export interface TasksLayout {
  memory: SharedArrayBuffer;
  count: number;
  pathBytes: number;
  threads: number;
  wholeFiles: boolean;
}

/** Files to hash, in memory that all threads share; each takes the next few when it has done its own. */
export class HashTasks {
  readonly layout: TasksLayout;
  /** True: the whole file; false: its first and last bytes. */
  readonly wholeFiles: boolean;
  readonly sizes: Float64Array;
  /** Where each path ends in `paths`; it begins where the one before ends. */
  readonly pathEnds: Float64Array;
  readonly paths: Buffer;
  readonly digests: Buffer;
  readonly states: Uint8Array;
  readonly #header: Int32Array;
  readonly #counters: Float64Array;

  constructor(layout: TasksLayout) {
    const { memory, count, pathBytes, threads, wholeFiles } = layout;
    this.layout = layout;
    this.wholeFiles = wholeFiles;
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
    this.digests = Buffer.from(memory, take(count * digestBytes), count * digestBytes);
    this.states = new Uint8Array(memory, take(count), count);
    this.paths = Buffer.from(memory, take(pathBytes), pathBytes);
  }

  /** Shared memory for so many tasks. */
  static create(
    sizes: readonly number[],
    paths: readonly Uint8Array[],
    threads: number,
    wholeFiles: boolean,
  ): HashTasks {
    const count = sizes.length;
    const pathBytes = paths.reduce((total, path) => total + path.length, 0);
    const bytes =
      headerBytes + threads * counterBytes + count * (8 + 8 + digestBytes + 1) + pathBytes + 64;
    const memory = new SharedArrayBuffer(bytes);
    const tasks = new HashTasks({ memory, count, pathBytes, threads, wholeFiles });
    let end = 0;
    for (const [task, path] of paths.entries()) {
      tasks.paths.set(path, end);
      end += path.length;
      tasks.pathEnds[task] = end;
      tasks.sizes[task] = sizes[task]!;
    }
    return tasks;
  }

  get count(): number {
    return this.sizes.length;
  }

  /** Takes the next `wanted` tasks: the number of the first. Past the end: there are none left. */
  take(wanted: number): number {
    return Atomics.add(this.#header, nextTask, wanted);
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
