import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { SegmentDeflater } from './deflate-segment.ts';
import type { DeflateWorkerData } from './deflate-worker.ts';
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
/** Enough that workers have something to do while a slow write holds up the end of the ring. */
const slotsPerWorker = 8;
const header = Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const lastBlock = [3, 0];

/**
 * Writes one ordinary gzip member, deflated by several threads. Bytes can be handed over with `write`,
 * or be read straight into place: `room()` is memory to fill, `commit(n)` says how much of it was.
 *
 * The first error, of the sink, of a worker or handed to `abort`, ends everything: whatever is being
 * waited for rejects with it, and so does all that is called later.
 */
export class GzipWriter {
  readonly #sink: ByteSink;
  readonly #level: number;
  readonly #workerCount: number;
  readonly #ring: SegmentRing;
  readonly #workers: Worker[] = [];
  readonly #onFailure: GzipOptions['onFailure'];
  readonly #hash = createHash('sha256');
  #segment = 0;
  #filled = 0;
  /** Segments below this one are written out, so their slots are free. */
  #written = 0;
  #crc = 0;
  #rawBytes = 0;
  #bytes = 0;
  #draining = false;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(sink: ByteSink, options: GzipOptions = {}) {
    this.#sink = sink;
    this.#level = options.level ?? 6;
    this.#workerCount = options.workers ?? Math.min(mostWorkers, availableParallelism());
    this.#onFailure = options.onFailure;
    this.#ring = SegmentRing.ofSlots(this.#workerCount * slotsPerWorker);
  }

  /** Bytes that went in so far. */
  get rawBytes(): number {
    return this.#rawBytes + this.#filled;
  }

  /** Memory for the next bytes, at least one; valid until `commit`. */
  async room(): Promise<Buffer> {
    if (this.#filled === segmentSize) this.#publish();
    // One slot stays unused: the dictionary of the oldest segment.
    while (this.#segment - this.#written >= this.#ring.memory.slots - 1) await this.#change();
    this.throwIfFailed();
    return this.#ring.input(this.#segment).subarray(this.#filled);
  }

  /** Says that the first `length` bytes of `room()` are filled. */
  commit(length: number): void {
    this.#filled += length;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const room = await this.room();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      this.commit(part.length);
      at += part.length;
    }
  }

  /** Deflates and writes what is left, and stops the workers. */
  async finish(): Promise<GzipTotals> {
    try {
      if (this.#workers.length === 0 && this.#segment === 0) await this.#finishAlone();
      else await this.#finishShared();
      const trailer = Buffer.alloc(10);
      trailer.set(lastBlock);
      trailer.writeUInt32LE(this.#crc, 2);
      trailer.writeUInt32LE(this.#rawBytes % 2 ** 32, 6);
      await this.#emit([trailer]);
      this.throwIfFailed();
      return { bytes: this.#bytes, rawBytes: this.#rawBytes, sha256: this.#hash.digest('hex') };
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
    this.throwIfFailed();
    if (this.#workers.length === 0) this.#startWorkers();
    this.#count(this.#filled);
    this.#ring.publish(this.#segment, this.#filled);
    this.#segment += 1;
    this.#filled = 0;
  }

  #count(length: number): void {
    this.#crc = crc32(this.#ring.input(this.#segment).subarray(0, length), this.#crc);
    this.#rawBytes += length;
  }

  /** What fits one segment is not worth a thread. */
  async #finishAlone(): Promise<void> {
    const length = this.#filled;
    if (length === 0) return this.#emit([header]);
    this.#count(length);
    this.#filled = 0;
    const input = this.#ring.input(0).subarray(0, length);
    const output = this.#ring.output(0);
    const deflater = new SegmentDeflater(this.#level);
    const deflated = deflater.deflate(input, input.subarray(0, 0), output);
    await this.#emit([header, output.subarray(0, deflated)]);
  }

  async #finishShared(): Promise<void> {
    if (this.#filled > 0) this.#publish();
    while (this.#written < this.#segment) await this.#change();
  }

  #startWorkers(): void {
    const data: DeflateWorkerData = { memory: this.#ring.memory, level: this.#level };
    const file = import.meta.url.endsWith('.ts') ? './deflate-worker.ts' : './deflate-worker.js';
    for (let n = 0; n < this.#workerCount; n += 1) {
      const worker = new Worker(new URL(file, import.meta.url), {
        workerData: data,
        // What a deflated segment leaves behind is collected early.
        resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
      });
      worker.on('message', () => this.#drain());
      worker.on('error', (error) => this.#fail(error));
      this.#workers.push(worker);
    }
  }

  /** Writes out, in order, what is deflated. */
  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let chunks = this.#ready(); chunks.length > 0; chunks = this.#ready()) {
        await this.#emit(this.#written === 0 ? [header, ...chunks] : chunks);
        this.#written += chunks.length;
        this.#wake?.();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = false;
    }
  }

  #ready(): Buffer[] {
    const chunks: Buffer[] = [];
    while (this.#failure === undefined && this.#written + chunks.length < this.#segment) {
      const deflated = this.#ring.deflated(this.#written + chunks.length);
      if (deflated === undefined) break;
      chunks.push(deflated);
    }
    return chunks;
  }

  async #emit(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    }
    await this.#sink.write(chunks);
  }

  /** Waits until a slot is free or something failed. */
  async #change(): Promise<void> {
    this.throwIfFailed();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    this.throwIfFailed();
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
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
    await this.#sink.idle();
  }
}
