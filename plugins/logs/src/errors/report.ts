import type { Collected, Group } from './collect.ts';

export type Trend = 'new' | 'rising' | 'steady' | 'falling';

/** How the errors of a window changed within it: `new` when they came in its last quarter only. */
export function trendOf(
  { hours, first }: Pick<Group, 'hours' | 'first'>,
  window: { since: number; until: number },
): Trend {
  const { since, until } = window;
  if (first !== null && first >= since + (until - since) * 0.75) return 'new';
  const middle = (since + until) / 2 / 3_600_000;
  let early = 0;
  let late = 0;
  for (const [hour, count] of hours) {
    if (hour < middle) early += count;
    else late += count;
  }
  if (late > early * 1.5) return 'rising';
  return late * 1.5 < early ? 'falling' : 'steady';
}

/** How many errors there were in each hour of the window, the oldest first; at most the last 744. */
export function perHour(
  { groups }: Pick<Collected, 'groups'>,
  { since, until }: { since: number; until: number },
): { hour: string; errors: number }[] {
  const sums = new Map<number, number>();
  for (const { hours } of groups)
    for (const [hour, count] of hours) sums.set(hour, (sums.get(hour) ?? 0) + count);
  const last = Math.floor((until - 1) / 3_600_000);
  const first = Math.max(Math.floor(since / 3_600_000), last - 743);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => ({
    hour: new Date((first + at) * 3_600_000).toISOString(),
    errors: sums.get(first + at) ?? 0,
  }));
}
