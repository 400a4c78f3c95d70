/** Input is cut into segments of this many bytes, each deflated on its own. */
export const segmentSize = 131_072;
/** How far back deflate looks: the end of the segment before is the dictionary of the next. */
export const windowSize = 32_768;
/** A stored segment is its bytes and five more for every 65,535; nothing is ever larger. */
export const deflatedSize = segmentSize + 64;

const slotSize = segmentSize + deflatedSize;
const words = { published: 0, taken: 1, stopped: 2, slots: 4 } as const;
const wordsPerSlot = 4;

/** What the threads share: plain memory, so that it can be handed to a worker. */
export interface SegmentMemory {
  slots: number;
  bytes: SharedArrayBuffer;
  words: SharedArrayBuffer;
}

/**
 * A ring of segments between the thread that fills them and the threads that deflate them.
 *
 * Segments are numbered from 0; segment n lives in slot n modulo the number of slots. A worker takes
 * the lowest number that nobody took, so that a long one holds up nobody else. The end of segment
 * n - 1 must stay as it is until n is deflated, so the filler leaves one slot unused.
 */
export class SegmentRing {
  readonly memory: SegmentMemory;
  readonly #words: Int32Array;
  readonly #inputs: Buffer[] = [];
  readonly #outputs: Buffer[] = [];

  constructor(memory: SegmentMemory) {
    this.memory = memory;
    this.#words = new Int32Array(memory.words);
    for (let slot = 0; slot < memory.slots; slot += 1) {
      this.#inputs.push(Buffer.from(memory.bytes, slot * slotSize, segmentSize));
      this.#outputs.push(Buffer.from(memory.bytes, slot * slotSize + segmentSize, deflatedSize));
    }
  }

  static ofSlots(slots: number): SegmentRing {
    return new SegmentRing({
      slots,
      bytes: new SharedArrayBuffer(slots * slotSize),
      words: new SharedArrayBuffer((words.slots + slots * wordsPerSlot) * 4),
    });
  }

  input(segment: number): Buffer {
    return this.#inputs[segment % this.memory.slots]!;
  }

  output(segment: number): Buffer {
    return this.#outputs[segment % this.memory.slots]!;
  }

  inputLength(segment: number): number {
    return Atomics.load(this.#words, this.#word(segment, 0));
  }

  /** The bytes of a segment after deflating, or undefined when it is not done yet. */
  deflated(segment: number): Buffer | undefined {
    if (Atomics.load(this.#words, this.#word(segment, 1)) !== segment + 1) return undefined;
    return this.output(segment).subarray(0, Atomics.load(this.#words, this.#word(segment, 2)));
  }

  setDeflated(segment: number, length: number): void {
    Atomics.store(this.#words, this.#word(segment, 2), length);
    Atomics.store(this.#words, this.#word(segment, 1), segment + 1);
  }

  /** Hands a filled segment to the workers. They must be published in order. */
  publish(segment: number, length: number): void {
    Atomics.store(this.#words, this.#word(segment, 0), length);
    Atomics.store(this.#words, words.published, segment + 1);
    Atomics.notify(this.#words, words.published);
  }

  /** Waits, blocking the thread, for the next segment; undefined when there will be none. */
  take(): number | undefined {
    const segment = Atomics.add(this.#words, words.taken, 1);
    for (;;) {
      if (Atomics.load(this.#words, words.stopped) === 1) return undefined;
      const published = Atomics.load(this.#words, words.published);
      if (published > segment) return segment;
      // Bounded, because a stop may fall between the two loads above.
      Atomics.wait(this.#words, words.published, published, 1_000);
    }
  }

  stop(): void {
    Atomics.store(this.#words, words.stopped, 1);
    Atomics.notify(this.#words, words.published);
  }

  #word(segment: number, field: number): number {
    return words.slots + (segment % this.memory.slots) * wordsPerSlot + field;
  }
}
