/** Numbers of files: an array that grows would be copied again and again on the way to hundreds of thousands. */
export class Rows {
  readonly #rows: Uint32Array;
  #count = 0;

  /** @param most how many there may be */
  constructor(most: number) {
    this.#rows = new Uint32Array(most);
  }

  add(row: number): void {
    this.#rows[this.#count] = row;
    this.#count += 1;
  }

  /** Those that were added, in that order. */
  all(): Uint32Array {
    return this.#rows.subarray(0, this.#count);
  }
}
