import type { DeflatedSegment } from './deflate-segment.ts';
import type { Effort } from './effort.ts';

/** Input is cut into segments of this many bytes, each deflated on its own. */
export const segmentSize = 262_144;
/** How far back deflate looks: the end of the segment before is the dictionary of the next. */
export const windowSize = 32_768;
/** A stored segment is its bytes and five more for every 65,535; nothing is ever larger. */
export const deflatedSize = segmentSize + 64;

const slotSize = segmentSize + deflatedSize;
/** Words of the whole ring, then those of each slot. Marks hold a segment's number plus one. */
const ringWords = { taken: 0, stopped: 1, noticeWanted: 2, count: 4 } as const;
const slotWords = {
  inputLength: 0,
  effort: 1,
  publishedMark: 2,
  outputLength: 3,
  excess: 4,
  doneMark: 5,
  count: 6,
} as const;

const noExcess = -0x8000_0000;

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
      words: new SharedArrayBuffer((ringWords.count + slots * slotWords.count) * 4),
    });
  }

  input(segment: number): Buffer {
    return this.#inputs[segment % this.memory.slots]!;
  }

  output(segment: number): Buffer {
    return this.#outputs[segment % this.memory.slots]!;
  }

  inputLength(segment: number): number {
    return Atomics.load(this.#words, this.#word(segment, slotWords.inputLength));
  }

  effort(segment: number): Effort {
    return Atomics.load(this.#words, this.#word(segment, slotWords.effort)) as Effort;
  }

  /** Hands a filled segment to the workers. They must be published in order. */
  publish(segment: number, length: number, effort: Effort): void {
    Atomics.store(this.#words, this.#word(segment, slotWords.inputLength), length);
    Atomics.store(this.#words, this.#word(segment, slotWords.effort), effort);
    const mark = this.#word(segment, slotWords.publishedMark);
    Atomics.store(this.#words, mark, segment + 1);
    Atomics.notify(this.#words, mark);
  }

  /** Waits, blocking the thread, for the next segment; undefined when there will be none. */
  take(): number | undefined {
    const segment = Atomics.add(this.#words, ringWords.taken, 1);
    const mark = this.#word(segment, slotWords.publishedMark);
    for (;;) {
      if (Atomics.load(this.#words, ringWords.stopped) === 1) return undefined;
      const published = Atomics.load(this.#words, mark);
      if (published === segment + 1) return segment;
      // Bounded, because a stop may fall between the load of it and the wait.
      Atomics.wait(this.#words, mark, published, 1_000);
    }
  }

  /** Says what became of a segment; true when the filler waits to hear of it. */
  setDeflated(segment: number, { length, excess }: DeflatedSegment): boolean {
    Atomics.store(this.#words, this.#word(segment, slotWords.outputLength), length);
    Atomics.store(this.#words, this.#word(segment, slotWords.excess), excess ?? noExcess);
    Atomics.store(this.#words, this.#word(segment, slotWords.doneMark), segment + 1);
    return Atomics.exchange(this.#words, ringWords.noticeWanted, 0) === 1;
  }

  /** The bytes of a segment after deflating, or undefined when it is not done yet. */
  deflated(segment: number): Buffer | undefined {
    const mark = Atomics.load(this.#words, this.#word(segment, slotWords.doneMark));
    if (mark !== segment + 1) return undefined;
    const length = Atomics.load(this.#words, this.#word(segment, slotWords.outputLength));
    return this.output(segment).subarray(0, length);
  }

  /** Of a finished segment: how much longer it is than gzip's would be, if that was tried. */
  excess(segment: number): number | undefined {
    const excess = Atomics.load(this.#words, this.#word(segment, slotWords.excess));
    return excess === noExcess ? undefined : excess;
  }

  /** Makes the next `setDeflated` return true. Look once more for finished segments before waiting. */
  wantNotice(): void {
    Atomics.store(this.#words, ringWords.noticeWanted, 1);
  }

  stop(): void {
    Atomics.store(this.#words, ringWords.stopped, 1);
    for (let slot = 0; slot < this.memory.slots; slot += 1) {
      Atomics.notify(this.#words, this.#word(slot, slotWords.publishedMark));
    }
  }

  #word(segment: number, field: number): number {
    return ringWords.count + (segment % this.memory.slots) * slotWords.count + field;
  }
}
