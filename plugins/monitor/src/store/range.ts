import { OpsError, parseDuration, parseSince } from '@om-ops/kit';
import { isNamed } from '../named.ts';
import type { History, SeriesHead } from './history.ts';

export interface Range {
  since: Date;
  until: Date;
}

/** @throws OpsError E_USAGE (exit 2) */
export function rangeOf(since: string, now: Date): Range {
  const from = parseSince(since, now);
  if (from < now) return { since: from, until: now };
  throw new OpsError('E_USAGE', `\`${since}\` is not in the past.`, {
    exit: 'usage',
    suggestions: ['Write it as 2h, 7d, 2026-11-22, or "2026-11-22 06:00".'],
  });
}

const most = 20_000;

/** How many equal parts a range has with this step; `auto` is what a line of the terminal shows. */
export function pointsOf({ since, until }: Range, step: string): number {
  const ms = until.getTime() - since.getTime();
  if (step === 'auto') return Math.min(96, Math.max(1, Math.floor(ms / 30_000)));
  const points = Math.ceil(ms / Math.max(1000, parseDuration(step)));
  if (points <= most) return points;
  throw new OpsError(
    'E_USAGE',
    `A step of ${step} gives ${points} points, and ${most} are the most.`,
    {
      exit: 'usage',
      suggestions: ['Take a longer step, or a later begin.'],
    },
  );
}

/**
 * The series that are named, by name, the part before a dot or colon, or with `*`; all without a name.
 *
 * @throws OpsError E_NO_SERIES (exit 2)
 */
export function namedSeries(history: History, names: readonly string[]): SeriesHead[] {
  const all = history.heads();
  for (const wanted of names) {
    if (all.some(({ name }) => isNamed(name, wanted))) continue;
    throw new OpsError('E_NO_SERIES', `Nothing of the name ${wanted} was measured.`, {
      exit: 'usage',
      suggestions: ['See what was: om-ops metrics list'],
    });
  }
  return names.length === 0
    ? all
    : all.filter(({ name }) => names.some((wanted) => isNamed(name, wanted)));
}
