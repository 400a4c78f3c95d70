import type { State } from '@om-ops/kit';
import type { Level, Summary } from './summary.ts';

/** From what must be seen first. Of what cannot be seen nobody knows how bad it is. */
const ranks: Record<State, number> = { critical: 0, unknown: 1, warning: 2, healthy: 3, off: 4 };

export function rankOf(state: State): number {
  return ranks[state];
}

/** `unknown` when there is nothing to judge by. */
export function worstOf(levels: readonly Level[]): Level {
  return levels.toSorted((one, other) => rankOf(one) - rankOf(other))[0] ?? 'unknown';
}

export function countsOf(states: readonly State[]): Summary['counts'] {
  const counts = { healthy: 0, warning: 0, critical: 0, unknown: 0, off: 0 };
  for (const state of states) counts[state]++;
  return counts;
}
