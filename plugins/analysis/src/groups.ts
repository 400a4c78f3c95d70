/** Items that are the same, in a table of open addresses: no text and no object for each of them. */
export class Groups {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #last: Int32Array;
  readonly #accompanied: number[] = [];
  readonly #mask: number;
  readonly #hashOf: (item: number) => number;
  readonly #isSame: (one: number, another: number) => boolean;

  /**
   * @param items how many there may be; they are numbers below it
   * @param hashOf 32 bits that are equal for what is the same
   */
  constructor(
    items: number,
    hashOf: (item: number) => number,
    isSame: (one: number, another: number) => boolean,
  ) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, items * 2)));
    this.#heads = new Int32Array(slots).fill(-1);
    this.#next = new Int32Array(items).fill(-1);
    this.#last = new Int32Array(items);
    this.#mask = slots - 1;
    this.#hashOf = hashOf;
    this.#isSame = isSame;
  }

  add(item: number): void {
    let slot = scatter(this.#hashOf(item)) & this.#mask;
    for (;;) {
      const head = this.#heads[slot]!;
      if (head < 0) {
        this.#heads[slot] = item;
        this.#last[item] = item;
        return;
      }
      if (this.#isSame(head, item)) {
        if (this.#last[head] === head) this.#accompanied.push(head);
        this.#next[this.#last[head]!] = item;
        this.#last[head] = item;
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Those that have company, each group in the order in which they were added. */
  withCompany(): number[][] {
    return this.#accompanied.map((head) => {
      const group: number[] = [];
      for (let item = head; item >= 0; item = this.#next[item]!) group.push(item);
      return group;
    });
  }
}

function scatter(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** 32 bits of a whole number: of bytes, of an inode. */
export function numberHash(value: number): number {
  return (value | 0) ^ Math.imul(Math.floor(value / 2 ** 32), 0x9e3779b1);
}
