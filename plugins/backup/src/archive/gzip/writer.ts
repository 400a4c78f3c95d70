import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { SegmentDeflater } from './deflate-segment.ts';
import type { DeflateWorkerData } from './deflate-worker.ts';
import { EffortChoice, efforts } from './effort.ts';
import { StagedOutput } from './output.ts';
import { rawDeflate } from './raw-deflate.ts';
import { SegmentRing, segmentSize } from './segments.ts';
import type { ByteSink } from './sink.ts';

export interface GzipOptions {
  /** 1 to 9. Default 6. */
  level?: number;
  /** How many threads deflate. Default: one per processor, at most eight. */
  workers?: number;
  /** Told of the first error at once, for callers that wait for something else. */
  onFailure?: (error: unknown) => void;
}

export interface GzipTotals {
  /** Of the gzip file. */
  bytes: number;
  /** Of what went in. */
  rawBytes: number;
  /** Of the gzip file, in hex. */
  sha256: string;
}

/** More threads would take more memory than they save time. */
const mostWorkers = 8;
/** Enough that workers have something to do while the filler is held up by a slow read. */
const slotsPerWorker = 6;
const header = Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const lastBlock = [3, 0];

/**
 * Writes one ordinary gzip member, deflated by several threads. Bytes are handed over with `write`, or
 * put straight into place: after `await room()`, `buffer` from `position` on is memory for `free` bytes,
 * and `commit(n)` says that n of them are filled.
 *
 * The first error, of the sink, of a worker or handed to `abort`, ends everything: whatever is being
 * waited for rejects with it, and so does all that is called later.
 */
export class GzipWriter {
  readonly #sink: ByteSink;
  readonly #output: StagedOutput;
  readonly #level: number;
  readonly #workerCount: number;
  readonly #onFailure: GzipOptions['onFailure'];
  readonly #ring: SegmentRing;
  readonly #effort: EffortChoice;
  /** Of each worker: when it has ended. */
  readonly #workers: Promise<void>[] = [];
  /** The segment being filled, and how far it is. */
  #segment = 0;
  #position = 0;
  #buffer: Buffer;
  /** Segments below this one are put out, so their slots are free. */
  #putOut = 0;
  #crc = 0;
  #rawBytes = 0;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(sink: ByteSink, options: GzipOptions = {}) {
    this.#sink = sink;
    this.#output = new StagedOutput(sink, (failure) => {
      if (failure !== undefined) this.#fail(failure.error);
      this.#wake?.();
    });
    this.#level = options.level ?? 6;
    this.#workerCount = options.workers ?? Math.min(mostWorkers, availableParallelism());
    this.#onFailure = options.onFailure;
    this.#ring = SegmentRing.ofSlots(this.#workerCount * slotsPerWorker);
    this.#effort = new EffortChoice(this.#ring.memory.slots);
    this.#buffer = this.#ring.input(0);
    this.#output.put(header);
  }

  /** Bytes that went in so far. */
  get rawBytes(): number {
    return this.#rawBytes + (this.#position === segmentSize ? 0 : this.#position);
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  get position(): number {
    return this.#position;
  }

  get free(): number {
    return segmentSize - this.#position;
  }

  /** Waits until at least one byte is free; undefined when one is. */
  room(): Promise<void> | undefined {
    this.throwIfFailed();
    return this.#position < segmentSize ? undefined : this.#nextSegment();
  }

  commit(length: number): void {
    this.#position += length;
    if (this.#position === segmentSize) this.#publish();
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      await this.room();
      const length = Math.min(this.free, bytes.length - at);
      this.#buffer.set(bytes.subarray(at, at + length), this.#position);
      this.commit(length);
      at += length;
    }
  }

  /** Deflates and writes what is left, and stops the workers. */
  async finish(): Promise<GzipTotals> {
    try {
      this.throwIfFailed();
      if (this.#segment === 0 && this.#position < segmentSize) this.#deflateAlone();
      else await this.#deflateRest();
      const trailer = Buffer.alloc(10);
      trailer.set(lastBlock);
      trailer.writeUInt32LE(this.#crc, 2);
      trailer.writeUInt32LE(this.#rawBytes % 2 ** 32, 6);
      await this.#until(() => this.#output.put(trailer));
      const sha256 = await this.#output.finish();
      this.throwIfFailed();
      return { bytes: this.#output.bytes, rawBytes: this.#rawBytes, sha256 };
    } finally {
      await this.#stop();
    }
  }

  /**
   * Ends it with this error, stops the workers and waits for a write to a file that is on its way.
   * Harmless after `finish` and when done twice.
   */
  async abort(error: unknown): Promise<void> {
    this.#fail(error);
    await this.#stop();
  }

  /** Throws the error that ended it, if one did. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #publish(): void {
    if (this.#workers.length === 0) this.#startWorkers();
    this.#countInput();
    this.#ring.publish(this.#segment, this.#position, this.#effort.of(this.#segment));
    this.#putOutDeflated();
  }

  #countInput(): void {
    this.#crc = crc32(this.#buffer.subarray(0, this.#position), this.#crc);
    this.#rawBytes += this.#position;
  }

  async #nextSegment(): Promise<void> {
    // One slot stays unused: the dictionary of the oldest segment.
    const next = this.#segment + 1;
    await this.#until(() => next - this.#putOut < this.#ring.memory.slots - 1);
    this.#segment = next;
    this.#buffer = this.#ring.input(next);
    this.#position = 0;
  }

  /** What fits one segment is not worth a thread. */
  #deflateAlone(): void {
    if (this.#position === 0) return;
    this.#countInput();
    const input = this.#buffer.subarray(0, this.#position);
    const output = this.#ring.output(0);
    const deflater = new SegmentDeflater(rawDeflate(this.#level));
    const { length } = deflater.deflate(input, input.subarray(0, 0), output, efforts.full);
    this.#output.put(output.subarray(0, length));
  }

  async #deflateRest(): Promise<void> {
    const isOpen = this.#position > 0 && this.#position < segmentSize;
    if (isOpen) this.#publish();
    const end = this.#position > 0 ? this.#segment + 1 : this.#segment;
    await this.#until(() => this.#putOut === end);
  }

  #startWorkers(): void {
    const data: DeflateWorkerData = { memory: this.#ring.memory, level: this.#level };
    const file = import.meta.url.endsWith('.ts') ? './deflate-worker.ts' : './deflate-worker.js';
    for (let n = 0; n < this.#workerCount; n += 1) {
      const worker = new Worker(new URL(file, import.meta.url), {
        workerData: data,
        // Flags of the program (`--input-type`) need not be allowed in a worker.
        execArgv: [],
        // What a deflated segment leaves behind is collected early.
        resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
      });
      worker.on('message', () => this.#wake?.());
      worker.on('error', (error) => this.#fail(error));
      this.#workers.push(new Promise((resolve) => worker.once('exit', () => resolve())));
    }
  }

  /** Puts out, in order, what is deflated. */
  #putOutDeflated(): void {
    for (;;) {
      const deflated = this.#ring.deflated(this.#putOut);
      if (deflated === undefined || !this.#output.put(deflated)) return;
      const excess = this.#ring.excess(this.#putOut);
      if (excess !== undefined) this.#effort.compared(this.#putOut, deflated.length, excess);
      this.#putOut += 1;
    }
  }

  /** Waits for workers and writes until it is so, or something failed. */
  async #until(isSo: () => boolean): Promise<void> {
    for (;;) {
      this.throwIfFailed();
      this.#putOutDeflated();
      if (isSo()) return;
      this.#ring.wantNotice();
      this.#putOutDeflated();
      if (isSo()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure === undefined) {
      this.#failure = { error };
      this.#onFailure?.(error);
    }
    this.#wake?.();
  }

  async #stop(): Promise<void> {
    this.#ring.stop();
    // They end by themselves after the segment they are at.
    await Promise.all(this.#workers);
    await this.#sink.idle();
  }
}
