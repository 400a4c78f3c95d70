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

/**
 * The `limit` of `candidates` with the largest values, largest first. A heap would ask `isBefore` of
 * every candidate: of hundreds of thousands this takes longer than to find the smallest value that is in.
 *
 * @param values by candidate
 * @param isBefore the order among equal values
 */
export function largestBy(
  candidates: ArrayLike<number>,
  limit: number,
  values: (candidate: number) => number,
  isBefore: (one: number, another: number) => boolean,
): number[] {
  // `Float64Array.from` takes some four times as long.
  const own = new Float64Array(candidates.length);
  for (let at = 0; at < own.length; at += 1) own[at] = values(candidates[at]!);
  const least = own.length <= limit ? Number.NEGATIVE_INFINITY : nthLargest(own.slice(), limit);
  const first: { candidate: number; value: number }[] = [];
  const tied: number[] = [];
  for (let at = 0; at < own.length; at += 1) {
    const value = own[at]!;
    const candidate = candidates[at]!;
    if (value > least) first.push({ candidate, value });
    else if (value === least) tied.push(candidate);
  }
  const rest = new Top(Math.max(0, limit - first.length), isBefore);
  for (const candidate of tied) rest.offer(candidate);
  first.sort(
    (one, another) =>
      another.value - one.value || (isBefore(one.candidate, another.candidate) ? -1 : 1),
  );
  return [...first.map(({ candidate }) => candidate), ...rest.sorted()];
}

/** The value with `count - 1` before it in falling order. Reorders `values`. */
function nthLargest(values: Float64Array, count: number): number {
  if (count < 1) return Number.POSITIVE_INFINITY;
  const wanted = count - 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! > pivot) left += 1;
      while (values[right]! < pivot) right -= 1;
      if (left > right) break;
      const swapped = values[left]!;
      values[left] = values[right]!;
      values[right] = swapped;
      left += 1;
      right -= 1;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return values[wanted]!;
}
