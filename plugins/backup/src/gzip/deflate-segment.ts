import { type Effort, efforts } from './effort.ts';
import {
  isIncompressible,
  judgedBlock,
  looksIncompressible,
  RepeatFinder,
} from './incompressible.ts';
import type { RawDeflate } from './raw-deflate.ts';
import { segmentSize, windowSize } from './segments.ts';

const largestStored = 65_535;
/** A stored stretch shorter than this saves less time than the new start of deflate costs. */
const shortestStored = 2 * judgedBlock;

/** What became of a segment. */
export interface DeflatedSegment {
  length: number;
  /** How much longer it is when deflated quickly, if that was tried. */
  excess?: number;
}

const nothing = new Uint8Array();

interface Stretch {
  start: number;
  end: number;
  stored: boolean;
}

/** Deflates segments one after the other; each thread has its own. */
export class SegmentDeflater {
  readonly #raw: RawDeflate;
  readonly #window = Buffer.alloc(windowSize + segmentSize);
  readonly #repeats = new RepeatFinder();

  constructor(raw: RawDeflate) {
    this.#raw = raw;
  }

  /**
   * Writes the segment as deflate blocks that end on a byte, none of them the last of a stream, to
   * `output`, which must hold `deflatedSize` bytes.
   * `dictionary`: up to 32 KiB that come before the segment.
   */
  deflate(
    segment: Uint8Array,
    dictionary: Uint8Array,
    output: Uint8Array,
    effort: Effort,
  ): DeflatedSegment {
    const stretches = this.#stretches(segment, dictionary);
    const isWhole = stretches.length === 1;
    if (isWhole && effort === efforts.both && this.#raw.hasQuick) {
      return this.#deflateBothWays(segment, dictionary, output);
    }
    let length = 0;
    let afterStored = looksIncompressible(dictionary.subarray(-judgedBlock));
    for (const { start, end, stored } of stretches) {
      const bytes = isWhole ? segment : segment.subarray(start, end);
      if (stored) {
        length += storeBytes(bytes, output, length);
      } else {
        const before = isWhole ? dictionary : this.#before(start, dictionary.length);
        const took = this.#raw.deflate(
          bytes,
          // There is nothing to be found in it, and it takes longer to read in than a short stretch.
          afterStored ? nothing : before,
          output,
          length,
          storedLength(end) - length,
          effort === efforts.quick,
        );
        if (took === undefined) return { length: storeBytes(segment, output, 0) };
        length += took;
      }
      afterStored = stored;
    }
    return { length };
  }

  #deflateBothWays(
    segment: Uint8Array,
    dictionary: Uint8Array,
    output: Uint8Array,
  ): DeflatedSegment {
    const most = storedLength(segment.length);
    const quick = this.#raw.deflate(segment, dictionary, output, 0, most, true);
    const length = this.#raw.deflate(segment, dictionary, output, 0, most, false);
    if (length === undefined) return { length: storeBytes(segment, output, 0) };
    return { length, excess: (quick ?? most) - length };
  }

  /** What comes before `start` of the segment that `#stretches` copied into the window. */
  #before(start: number, dictionaryLength: number): Uint8Array {
    const from = Math.max(windowSize - dictionaryLength, start);
    return this.#window.subarray(from, windowSize + start);
  }

  #stretches(segment: Uint8Array, dictionary: Uint8Array): Stretch[] {
    const whole = [{ start: 0, end: segment.length, stored: false }];
    const suspicious: boolean[] = [];
    for (let start = 0; start < segment.length; start += judgedBlock) {
      suspicious.push(looksIncompressible(segment.subarray(start, start + judgedBlock)));
    }
    if (!suspicious.includes(true)) return whole;

    const window = this.#window;
    window.set(dictionary, windowSize - dictionary.length);
    window.set(segment, windowSize);
    this.#repeats.forget();
    const stretches: Stretch[] = [];
    suspicious.forEach((suspect, block) => {
      const start = block * judgedBlock;
      const end = Math.min(segment.length, start + judgedBlock);
      const stored =
        suspect && isIncompressible(window, windowSize + start, windowSize + end, this.#repeats);
      const last = stretches.at(-1);
      if (last?.stored === stored) last.end = end;
      else stretches.push({ start, end, stored });
    });
    return withoutShort(stretches);
  }
}

/** Joins stored stretches that are too short to be worth it with their neighbours. */
function withoutShort(stretches: Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const { start, end, stored } of stretches) {
    const worthIt = stored && (end - start >= shortestStored || stretches.length === 1);
    const last = joined.at(-1);
    if (last?.stored === worthIt) last.end = end;
    else joined.push({ start, end, stored: worthIt });
  }
  return joined;
}

function storedLength(length: number): number {
  return length + 5 * Math.ceil(length / largestStored);
}

function storeBytes(bytes: Uint8Array, output: Uint8Array, at: number): number {
  let length = 0;
  for (let start = 0; start < bytes.length; start += largestStored) {
    const block = bytes.subarray(start, start + largestStored);
    output.set(
      [0, block.length & 255, block.length >> 8, ~block.length & 255, (~block.length >> 8) & 255],
      at + length,
    );
    output.set(block, at + length + 5);
    length += block.length + 5;
  }
  return length;
}
