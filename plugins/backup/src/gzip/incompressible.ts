import { windowSize } from './segments.ts';

/** Data is judged in blocks of this many bytes. */
export const judgedBlock = 16_384;

/** Bits per byte above which data cannot be deflated by more than a few percent. */
const hopelessEntropy = 7.85;
/** For the first glance: what 256 bytes of text, code or tables never reach, and random ones always do. */
const suspiciousEntropy = 6.8;
const glanceStrips = 8;
const glanceStripLength = 32;

const histogram = new Uint32Array(256);

/** A cheap first glance at a block: false for text and code, true for what may be compressed already. */
export function looksIncompressible(block: Uint8Array): boolean {
  if (block.length < judgedBlock / 2) return false;
  histogram.fill(0);
  const stride = Math.floor((block.length - glanceStripLength) / (glanceStrips - 1));
  for (let strip = 0; strip < glanceStrips; strip += 1) {
    const start = strip * stride;
    for (let at = start; at < start + glanceStripLength; at += 1) histogram[block[at]!]! += 1;
  }
  return entropyOf(histogram, glanceStrips * glanceStripLength) > suspiciousEntropy;
}

/**
 * Whether deflating `window[from, to)` is a waste of time: its bytes are evenly spread and it does not
 * repeat itself, nor what stands in `window` before it.
 */
export function isIncompressible(
  window: Uint8Array,
  from: number,
  to: number,
  repeats: RepeatFinder,
): boolean {
  histogram.fill(0);
  let samples = 0;
  // An odd step, so that samples of 2, 4 or 8 bytes show all of their bytes.
  for (let at = from; at < to; at += 3, samples += 1) histogram[window[at]!]! += 1;
  return entropyOf(histogram, samples) > hopelessEntropy && !repeats.found(window, from, to);
}

/** Bits per byte, without the part that is missing only because the samples are few. */
function entropyOf(counts: Uint32Array, samples: number): number {
  let bits = 0;
  let used = 0;
  for (const count of counts) {
    if (count === 0) continue;
    used += 1;
    bits -= (count / samples) * Math.log2(count / samples);
  }
  return bits + (used - 1) / (2 * samples * Math.LN2);
}

const anchorStep = 32;
const probeStep = 512;
const tableBits = 13;

/**
 * Finds out whether data that looks random repeats itself, such as a picture stored twice: every
 * 32nd position is remembered, and now and then 32 positions in a row are looked up, which meets one
 * of those if a repeat is longer than 40 bytes.
 */
export class RepeatFinder {
  readonly #table = new Int32Array(1 << tableBits);

  found(window: Uint8Array, from: number, to: number): boolean {
    this.#table.fill(-1);
    let probes = 0;
    let hits = 0;
    const end = to - anchorStep - 8;
    const start = Math.max(0, from - windowSize);
    for (let at = start - (start % anchorStep); at < end; at += anchorStep) {
      if (at >= from && at % probeStep === 0) {
        probes += 1;
        if (this.#known(window, at)) hits += 1;
      }
      this.#table[slotOf(window, at)] = at;
    }
    return hits * 32 > probes;
  }

  #known(window: Uint8Array, from: number): boolean {
    for (let at = from; at < from + anchorStep; at += 1) {
      const before = this.#table[slotOf(window, at)]!;
      if (before >= 0 && sameEight(window, before, at)) return true;
    }
    return false;
  }
}

function slotOf(bytes: Uint8Array, at: number): number {
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return Math.imul(word, 0x9e3779b1) >>> (32 - tableBits);
}

function sameEight(bytes: Uint8Array, a: number, b: number): boolean {
  for (let at = 0; at < 8; at += 1) if (bytes[a + at] !== bytes[b + at]) return false;
  return true;
}
