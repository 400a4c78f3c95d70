/** Numbers the extensions of names without making a text of each. */
export class Extensions {
  readonly texts: string[] = [''];
  readonly #encoded: Uint8Array[] = [new Uint8Array()];
  readonly #byHash = new Map<number, number>();
  readonly #byText = new Map<string, number>([['', 0]]);

  /** The number of what stands in `bytes` from `start` to `end`. */
  index(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const likely = this.#byHash.get(hash);
    if (likely !== undefined && this.#is(likely, bytes, start, end)) return likely;
    const encoded = bytes.slice(start, end);
    const text = new TextDecoder().decode(encoded);
    const index = indexOf(this.#byText, text);
    if (index === this.texts.length) {
      this.texts.push(text);
      this.#encoded.push(encoded);
    }
    this.#byHash.set(hash, index);
    return index;
  }

  #is(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const encoded = this.#encoded[index]!;
    if (encoded.length !== end - start) return false;
    for (let at = 0; at < encoded.length; at += 1)
      if (encoded[at] !== bytes[start + at]) return false;
    return true;
  }
}

/** The number of a value, in order of appearance. */
export function indexOf(known: Map<string, number>, value: string): number {
  let index = known.get(value);
  if (index === undefined) {
    index = known.size;
    known.set(value, index);
  }
  return index;
}
