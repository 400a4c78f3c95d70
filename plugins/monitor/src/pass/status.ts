import { type Site, type State, states } from '@om-ops/kit';
import { byLevel } from '../checks/watched-check.ts';
import type { KeptPass, OwnCost } from './kept-pass.ts';
import type { PassCheck } from './pass.ts';

/** What the last pass saw, and how old that is. */
export interface WatchStatus {
  site: string;
  /** `unknown` when nobody has looked, or what was seen is too old to be believed. */
  level: State;
  /** What the last pass said, whatever its age; null: there was none. */
  seen: State | null;
  /** When the last whole pass ended; ISO 8601 with offset. */
  at: string | null;
  ageSeconds: number | null;
  everyMs: number | null;
  /** Older than three intervals. */
  stale: boolean;
  score: number | null;
  counts: Record<State, number>;
  /** The worst first; with `--detailed` all of them. */
  checks: readonly PassCheck[];
  /** What watching takes; with `--detailed`. */
  own?: OwnCost | null;
}

const none = (): Record<State, number> =>
  Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;

export function statusOf(
  { site }: Pick<Site, 'site'>,
  kept: KeptPass | null,
  now: Date,
  isDetailed: boolean,
): WatchStatus {
  if (kept === null)
    return {
      site,
      level: 'unknown',
      seen: null,
      at: null,
      ageSeconds: null,
      everyMs: null,
      stale: true,
      score: null,
      counts: none(),
      checks: [],
    };
  const { at, everyMs, level, score, counts, checks } = kept.pass;
  const ageMs = now.getTime() - Date.parse(at);
  // A time in the future comes of a clock that was set, and says as little.
  const stale = ageMs > 3 * everyMs || ageMs < -everyMs;
  return {
    site,
    level: stale ? 'unknown' : level,
    seen: level,
    at,
    ageSeconds: Math.round(ageMs / 1000),
    everyMs,
    stale,
    score,
    counts,
    checks: checks
      .filter(({ level: one }) => isDetailed || (one !== 'healthy' && one !== 'off'))
      .sort((one, other) => byLevel(one.level, other.level)),
    ...(isDetailed ? { own: kept.own ?? null } : {}),
  };
}
