/** Keeps the first `limit` of the numbers it is offered, in the order of `isBefore`. */
export class Top {
  readonly #limit: number;
  readonly #isBefore: (one: number, another: number) => boolean;
  /** A heap: the last one that is kept is at the top. */
  readonly #heap: number[] = [];

  constructor(limit: number, isBefore: (one: number, another: number) => boolean) {
    this.#limit = limit;
    this.#isBefore = isBefore;
  }

  /** The one that the next must come before to be kept; undefined while there is room. */
  get last(): number | undefined {
    return this.#heap.length < this.#limit ? undefined : this.#heap[0];
  }

  offer(item: number): void {
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push(item);
      this.#rise(heap.length - 1);
    } else if (this.#limit > 0 && this.#isBefore(item, heap[0]!)) {
      heap[0] = item;
      this.#sink();
    }
  }

  /** What was kept, first one first. */
  sorted(): number[] {
    return [...this.#heap].sort((one, another) => (this.#isBefore(one, another) ? -1 : 1));
  }

  #rise(from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(heap[above]!, heap[at]!)) return;
      [heap[above], heap[at]] = [heap[at]!, heap[above]!];
      at = above;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const below = right < heap.length && this.#isBefore(heap[left]!, heap[right]!) ? right : left;
      if (!this.#isBefore(heap[at]!, heap[below]!)) return;
      [heap[below], heap[at]] = [heap[at]!, heap[below]!];
      at = below;
    }
  }
}
