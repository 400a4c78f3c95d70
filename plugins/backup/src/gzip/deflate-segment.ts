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

interface Stretch {
  start: number;
  end: number;
  stored: boolean;
}

/** Deflates segments one after the other; each thread has its own. */
export class SegmentDeflater {
  readonly #deflate: RawDeflate;
  readonly #window = Buffer.alloc(windowSize + segmentSize);
  readonly #repeats = new RepeatFinder();

  constructor(deflate: RawDeflate) {
    this.#deflate = deflate;
  }

  /**
   * Writes the segment as deflate blocks that end on a byte, none of them the last of a stream, to
   * `output`, which must hold `deflatedSize` bytes. Returns how many there are.
   * `dictionary`: up to 32 KiB that come before the segment.
   */
  deflate(segment: Uint8Array, dictionary: Uint8Array, output: Uint8Array): number {
    const stretches = this.#stretches(segment, dictionary);
    let length = 0;
    for (const { start, end, stored } of stretches) {
      const bytes = segment.subarray(start, end);
      if (stored) {
        length += storeBytes(bytes, output, length);
        continue;
      }
      const before = stretches.length === 1 ? dictionary : this.#before(start, dictionary.length);
      const most = storedLength(end) - length;
      const took = this.#deflate.deflate(bytes, before, output, length, most);
      if (took === undefined) return storeBytes(segment, output, 0);
      length += took;
    }
    return length;
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
