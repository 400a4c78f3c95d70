/** Folders that wait to be read, in memory that all threads share, and what they tell each other. */
export interface QueuedFolder {
  number: number;
  path: string;
}

const lock = 0;
const waiting = 1;
const joined = 2;
const queued = 3;
const used = 4;
const ended = 5;
const aborted = 6;
const signal = 7;
const joinedBits = 8;
const headerBytes = 64;
const counterBytes = 16;
const recordBytes = 12;

export const queueCapacity = 1 << 20;

/**
 * A last-in-first-out store of folders under a lock that is held for microseconds. Threads keep what
 * they find to themselves and share only when another one waits, so that most folders never pass here.
 */
export class FolderQueue {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #counters: Float64Array;
  readonly #data: DataView;
  readonly #bytes: Buffer;

  constructor(memory: SharedArrayBuffer | number) {
    this.memory =
      typeof memory === 'number'
        ? new SharedArrayBuffer(headerBytes + memory * counterBytes + queueCapacity)
        : memory;
    const countersEnd = this.memory.byteLength - queueCapacity;
    this.#header = new Int32Array(this.memory, 0, headerBytes / 4);
    this.#counters = new Float64Array(this.memory, headerBytes, (countersEnd - headerBytes) / 8);
    this.#data = new DataView(this.memory, countersEnd);
    this.#bytes = Buffer.from(this.memory, countersEnd);
  }

  /** False when everything was read before this thread was there. */
  join(thread: number): boolean {
    return this.#locked(() => {
      if (this.#header[ended] === 1) return false;
      this.#header[joined]! += 1;
      this.#header[joinedBits]! |= 1 << thread;
      return true;
    });
  }

  hasJoined(thread: number): boolean {
    return (Atomics.load(this.#header, joinedBits) & (1 << thread)) !== 0;
  }

  get hasEnded(): boolean {
    return Atomics.load(this.#header, ended) === 1;
  }

  get isAborted(): boolean {
    return Atomics.load(this.#header, aborted) === 1;
  }

  abort(): void {
    Atomics.store(this.#header, aborted, 1);
    this.#end();
  }

  get isWanted(): boolean {
    return Atomics.load(this.#header, waiting) > Atomics.load(this.#header, queued);
  }

  /** Moves the folders nearest to the root, up to half of `own`, to where others find them. */
  share(own: QueuedFolder[]): void {
    const shared = this.#locked(() => {
      let count = 0;
      while (count < own.length >> 1 && this.#push(own[count]!)) count += 1;
      return count;
    });
    own.splice(0, shared);
    Atomics.add(this.#header, signal, 1);
    Atomics.notify(this.#header, signal);
  }

  /**
   * For a waiting thread: moves its fair part of what is shared to `own`, and it no longer waits.
   * False when there is nothing.
   */
  take(own: QueuedFolder[]): boolean {
    return this.#locked(() => {
      const part = Math.ceil(this.#header[queued]! / Math.max(1, this.#header[waiting]!));
      for (let count = 0; count < part; count += 1) own.push(this.#pop());
      if (part > 0) this.#header[waiting]! -= 1;
      return part > 0;
    });
  }

  /** Says that this thread has nothing to do. The last one to say so ends the walk. */
  beginWaiting(): void {
    const everyone = this.#locked(() => {
      this.#header[waiting]! += 1;
      return this.#header[waiting] === this.#header[joined] && this.#header[queued] === 0;
    });
    if (everyone) this.#end();
  }

  /** Waits until there may be something to take, or the walk has ended, or `ms` have passed. */
  wait(ms: number): void {
    const seen = Atomics.load(this.#header, signal);
    if (this.hasEnded || Atomics.load(this.#header, queued) > 0) return;
    Atomics.wait(this.#header, signal, seen, ms);
  }

  /** Each thread counts for itself; whoever draws progress adds up. */
  count(thread: number, files: number, bytes: number): void {
    this.#counters[thread * 2] = files;
    this.#counters[thread * 2 + 1] = bytes;
  }

  counted(): { files: number; bytes: number } {
    let files = 0;
    let bytes = 0;
    for (let at = 0; at < this.#counters.length; at += 2) {
      files += this.#counters[at]!;
      bytes += this.#counters[at + 1]!;
    }
    return { files, bytes };
  }

  #end(): void {
    Atomics.store(this.#header, ended, 1);
    Atomics.add(this.#header, signal, 1);
    Atomics.notify(this.#header, signal);
  }

  #push({ number, path }: QueuedFolder): boolean {
    const top = this.#header[used]!;
    const length = Buffer.byteLength(path);
    if (top + length + recordBytes > queueCapacity) return false;
    this.#bytes.write(path, top);
    this.#data.setFloat64(top + length, number);
    this.#data.setInt32(top + length + 8, length);
    this.#header[used] = top + length + recordBytes;
    this.#header[queued]! += 1;
    return true;
  }

  #pop(): QueuedFolder {
    const top = this.#header[used]! - recordBytes;
    const length = this.#data.getInt32(top + 8);
    const path = this.#bytes.toString('utf8', top - length, top);
    this.#header[used] = top - length;
    this.#header[queued]! -= 1;
    return { number: this.#data.getFloat64(top), path };
  }

  #locked<T>(work: () => T): T {
    while (Atomics.compareExchange(this.#header, lock, 0, 1) !== 0)
      Atomics.wait(this.#header, lock, 1, 1);
    try {
      return work();
    } finally {
      Atomics.store(this.#header, lock, 0);
      Atomics.notify(this.#header, lock, 1);
    }
  }
}
