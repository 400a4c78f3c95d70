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
  /** How much longer it is than gzip's would be, if that was tried. */
  excess?: number;
}

const nothing = new Uint8Array();

interface Stretch {
  start: number;
  end: number;
  stored: boolean;
  /** Whether some of it looked random, and may repeat what does. */
  suspicious: boolean;
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
    if (isWhole && effort === efforts.compare && this.#raw.hasWays) {
      return this.#compare(segment, dictionary, output);
    }
    let length = 0;
    let afterStored = false;
    for (const { start, end, stored, suspicious } of stretches) {
      const bytes = isWhole ? segment : segment.subarray(start, end);
      if (stored) {
        length += storeBytes(bytes, output, length);
      } else {
        const before = isWhole ? dictionary : this.#before(start, dictionary.length);
        const took = this.#raw.deflate(
          bytes,
          // Text has nothing in common with what is random, and reading that in takes its time.
          afterStored && !suspicious ? nothing : before,
          output,
          length,
          storedLength(end) - length,
          effort === efforts.quick ? 'quick' : 'full',
        );
        if (took === undefined) return { length: storeBytes(segment, output, 0) };
        length += took;
      }
      afterStored = stored;
    }
    return { length };
  }

  #compare(segment: Uint8Array, dictionary: Uint8Array, output: Uint8Array): DeflatedSegment {
    const most = storedLength(segment.length);
    const gzip = this.#raw.deflate(segment, dictionary, output, 0, most, 'gzip');
    const length = this.#raw.deflate(segment, dictionary, output, 0, most, 'quick');
    if (length === undefined) return { length: storeBytes(segment, output, 0) };
    return { length, excess: length - (gzip ?? most) };
  }

  /** What comes before `start` of the segment that `#stretches` copied into the window. */
  #before(start: number, dictionaryLength: number): Uint8Array {
    const from = Math.max(windowSize - dictionaryLength, start);
    return this.#window.subarray(from, windowSize + start);
  }

  #stretches(segment: Uint8Array, dictionary: Uint8Array): Stretch[] {
    const whole = [{ start: 0, end: segment.length, stored: false, suspicious: false }];
    const looks: boolean[] = [];
    for (let start = 0; start < segment.length; start += judgedBlock) {
      looks.push(looksIncompressible(segment.subarray(start, start + judgedBlock)));
    }
    if (!looks.includes(true)) return whole;

    const window = this.#window;
    window.set(dictionary, windowSize - dictionary.length);
    window.set(segment, windowSize);
    this.#repeats.forget();
    const blocks = looks.map((suspicious, block) => {
      const start = block * judgedBlock;
      const end = Math.min(segment.length, start + judgedBlock);
      const stored =
        suspicious && isIncompressible(window, windowSize + start, windowSize + end, this.#repeats);
      return { start, end, stored, suspicious };
    });
    const stretches = joined(blocks);
    for (const stretch of stretches) {
      const isShort = stretch.end - stretch.start < shortestStored;
      if (isShort && stretches.length > 1) stretch.stored = false;
    }
    return joined(stretches);
  }
}

/** Joins neighbours that are treated alike. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const longer: Stretch[] = [];
  for (const stretch of stretches) {
    const last = longer.at(-1);
    if (last === undefined || last.stored !== stretch.stored) {
      longer.push({ ...stretch });
    } else {
      last.end = stretch.end;
      last.suspicious ||= stretch.suspicious;
    }
  }
  return longer;
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
