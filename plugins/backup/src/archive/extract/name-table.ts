import { randomBytes } from 'node:crypto';

/** What a name of the archive is, as far as it was read. */
export type NameKind = 'directory' | 'file' | 'hardlink' | 'symlink' | 'fifo';

const kinds: readonly (NameKind | undefined)[] = [
  undefined,
  'directory',
  'file',
  'hardlink',
  'symlink',
  'fifo',
];
const kindBits = 7;
const firstCapacity = 4096;

/**
 * Which names were seen and what they are, in 8 bytes each: a keyed 61-bit hash and the kind, so that
 * an archive of millions of members fits. Two names with one hash would be taken for one, which can
 * only make the reader refuse or accept a link within the target; the key keeps it from being aimed at.
 */
export class NameTable {
  readonly #key: readonly [number, number];
  #high = new Uint32Array(firstCapacity);
  #low = new Uint32Array(firstCapacity);
  #count = 0;

  constructor() {
    const seed = randomBytes(8);
    this.#key = [seed.readUInt32LE(0), seed.readUInt32LE(4)];
  }

  /** The kind of the name made of the first `count` parts. */
  get(parts: readonly Buffer[], count = parts.length): NameKind | undefined {
    const [high, low] = this.#hash(parts, count);
    return kinds[(this.#low[this.#slot(high, low)] as number) & kindBits];
  }

  set(parts: readonly Buffer[], kind: NameKind, count = parts.length): void {
    if (this.#count * 4 > this.#high.length * 3) this.#grow();
    const [high, low] = this.#hash(parts, count);
    const slot = this.#slot(high, low);
    if (((this.#low[slot] as number) & kindBits) === 0) this.#count++;
    this.#high[slot] = high;
    this.#low[slot] = low | kinds.indexOf(kind);
  }

  #hash(parts: readonly Buffer[], count: number): [number, number] {
    let [high, low] = this.#key;
    for (let at = 0; at < count; at++) {
      const part = parts[at] as Buffer;
      for (let byte = 0; byte < part.length; byte++) {
        const value = part[byte] as number;
        high = Math.imul(high ^ value, 0x01000193);
        low = Math.imul(low ^ value, 0x5bd1e995);
        low ^= low >>> 15;
      }
      high = Math.imul(high ^ 0x2f, 0x01000193);
      low = Math.imul(low ^ 0x2f, 0x5bd1e995);
    }
    high = Math.imul(high ^ (high >>> 16) ^ low, 0x85ebca6b);
    return [(high ^ (high >>> 13)) >>> 0, (low & ~kindBits) >>> 0];
  }

  #slot(high: number, low: number): number {
    const mask = this.#high.length - 1;
    for (let slot = (high ^ (low >>> 3)) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#low[slot] as number;
      if ((found & kindBits) === 0) return slot;
      if (this.#high[slot] === high && (found & ~kindBits) >>> 0 === low) return slot;
    }
  }

  #grow(): void {
    const [oldHigh, oldLow] = [this.#high, this.#low];
    this.#high = new Uint32Array(oldHigh.length * 2);
    this.#low = new Uint32Array(oldLow.length * 2);
    for (let at = 0; at < oldLow.length; at++) {
      const low = oldLow[at] as number;
      if ((low & kindBits) === 0) continue;
      const slot = this.#slot(oldHigh[at] as number, (low & ~kindBits) >>> 0);
      this.#high[slot] = oldHigh[at] as number;
      this.#low[slot] = low;
    }
  }
}
