import type { TimeRange } from '@om-ops/kit';
import type { History } from '../store/history.ts';
import type { PastSample } from './backtest.ts';

const partMs = 5 * 60_000;
/** More than so many samples of one series are kept nowhere. */
const mostSamples = 1_000_000;

/** What is kept of a series: the samples themselves as far back as they go, before that means of five minutes. */
export function pastSamples(
  history: History,
  series: string,
  { since, until }: TimeRange,
): PastSample[] {
  const samples = history
    .samples(series, mostSamples)
    .map(({ at, value }) => ({ atMs: Date.parse(at), forMs: 0, value }))
    .filter(({ atMs }) => atMs >= since.getTime() && atMs <= until.getTime());
  const finestMs = samples[0]?.atMs ?? until.getTime();
  const points = Math.floor((finestMs - since.getTime()) / partMs);
  if (points < 1) return samples;
  const older =
    history.series(series, { since, until: new Date(since.getTime() + points * partMs), points }) ??
    [];
  return [
    ...older.flatMap(({ at, mean }) =>
      mean === null ? [] : [{ atMs: Date.parse(at), forMs: partMs, value: mean }],
    ),
    ...samples,
  ];
}
