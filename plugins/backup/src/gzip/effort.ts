/** How a segment is deflated: as its level says, a little faster, or both to compare. */
export const efforts = { full: 0, quick: 1, both: 2 } as const;
export type Effort = (typeof efforts)[keyof typeof efforts];

const compareEvery = 24;
/** Quick is worth it while it makes the output no larger than by this much. */
const toleratedExcess = 0.006;

/**
 * Chooses the effort for each segment. Quick costs a third of a percent on code and several on
 * dumps and logs, so that now and then a segment is deflated both ways, and the choice is made by that.
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
    if (segment % compareEvery === 0) return efforts.both;
    return (this.#excess ?? 0) <= toleratedExcess ? efforts.quick : efforts.full;
  }

  /** What a comparison gave: the length, and how much longer quick was. */
  compared(segment: number, length: number, excess: number): void {
    this.#comparisons.push({ segment, ratio: excess / length });
  }
}
