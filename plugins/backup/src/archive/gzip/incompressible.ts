import { windowSize } from './segments.ts';

/** Data is judged in blocks of this many bytes. */
export const judgedBlock = 8_192;

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
  let sum = 0;
  let used = 0;
  for (let byte = 0; byte < 256; byte += 1) {
    const count = counts[byte]!;
    if (count === 0) continue;
    used += 1;
    sum += weights[count]!;
  }
  return Math.log2(samples) - sum / samples + (used - 1) / (2 * samples * Math.LN2);
}

/** n × log2 n. */
const weights = Float64Array.from({ length: judgedBlock + 1 }, (_, count) =>
  count === 0 ? 0 : count * Math.log2(count),
);

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
  #window: Uint8Array | undefined;
  #seen = 0;

  /** To be called when the content of the window has changed. */
  forget(): void {
    this.#window = undefined;
  }

  /** Whether `window[from, to)` repeats itself or what stands before it. Blocks must come in order. */
  found(window: Uint8Array, from: number, to: number): boolean {
    if (this.#window !== window || this.#seen !== from) this.#start(window, from);
    let probes = 0;
    let hits = 0;
    const end = to - anchorStep - 8;
    for (let at = from; at < to; at += anchorStep) {
      if (at % probeStep === 0 && at < end) {
        probes += 1;
        if (this.#known(window, at)) hits += 1;
      }
      this.#table[slotOf(window, at)] = at;
    }
    this.#seen = to;
    return hits * 32 > probes;
  }

  #start(window: Uint8Array, from: number): void {
    this.#window = window;
    this.#table.fill(-1);
    const first = Math.max(0, from - windowSize);
    for (let at = first; at < from; at += anchorStep) this.#table[slotOf(window, at)] = at;
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
