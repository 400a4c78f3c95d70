/** How a segment is deflated: as its level says, a little faster, or so and as gzip does it, to compare. */
export const efforts = { full: 0, quick: 1, compare: 2 } as const;
export type Effort = (typeof efforts)[keyof typeof efforts];

const compareEvery = 48;
/** Quick is used while it makes the output no larger than gzip's by this much. */
const toleratedExcess = 0.006;

/**
 * Chooses the effort for each segment. What quick costs depends on the data, so that now and then a
 * segment is compared with what gzip makes of it, and the choice is made by that.
 */
export class EffortChoice {
  readonly #lag: number;
  readonly #comparisons: { segment: number; ratio: number }[] = [];
  #excess: number | undefined;

  /** Comparisons count this many segments later, when all are known: the output depends on no race. */
  constructor(lag: number) {
    this.#lag = lag;
  }

  of(segment: number): Effort {
    while (
      this.#comparisons[0] !== undefined &&
      this.#comparisons[0].segment <= segment - this.#lag
    ) {
      const { ratio } = this.#comparisons.shift()!;
      this.#excess = this.#excess === undefined ? ratio : (this.#excess + ratio) / 2;
    }
    if (segment % compareEvery === 0) return efforts.compare;
    return (this.#excess ?? 0) <= toleratedExcess ? efforts.quick : efforts.full;
  }

  /** What a comparison gave: the length, and how much longer than gzip's it is. */
  compared(segment: number, length: number, excess: number): void {
    this.#comparisons.push({ segment, ratio: excess / length });
  }
}
