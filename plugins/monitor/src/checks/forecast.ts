import { formatDuration } from '@om-ops/kit/text';
import type { Machine } from '../readers/machine.ts';
import { msOf } from '../site/amounts.ts';
import type { HealthThresholds } from '../site/health.ts';
import { History } from '../store/history.ts';
import { judged, levelOf, type OwnAnswer, ownCheck, type WatchedCheck } from './watched-check.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface ForecastOptions {
  /** STATE. */
  state: string;
  machine: Machine;
  thresholds: HealthThresholds['disk'];
  source: string;
}

/** When a file system is full if it goes on as it goes: only where the last day and the last week agree on it. */
export function forecastCheck(
  path: string,
  { state, machine, thresholds, source }: ForecastOptions,
): WatchedCheck {
  return ownCheck(`forecast:${path}`, {
    title: `How long ${path} lasts`,
    tags: ['host', 'disk', 'forecast'],
    source,
    samples: 1,
    everyMs: hourMs / 2,
    after: [`disk:${path}`],
    runbook: 'disk-filling',
    command: 'om-ops analysis run entire',
    reads: `The history of the room on ${path}: how it went in 24 hours and in 7 days.`,
    run: async () => {
      const history = new History(state);
      const now = machine.now();
      const free = (ms: number) =>
        (
          history.series(`disk:${path}.free`, {
            since: new Date(now.getTime() - ms),
            until: now,
            points: 24,
          }) ?? []
        ).map(({ mean }, at) => ({ ms: (at * ms) / 24, value: mean }));
      return forecastAnswer(path, free(dayMs), free(7 * dayMs), thresholds);
    },
  });
}

interface Point {
  ms: number;
  value: number | null;
}

/** At least so much of the time has to have been watched, or one busy hour is taken for a trend. */
const leastPoints = 18;
const farDays = 3650;

export function forecastAnswer(
  path: string,
  day: readonly Point[],
  week: readonly Point[],
  { fullWithin }: HealthThresholds['disk'],
): OwnAnswer {
  const slopes = [slopeOf(day), slopeOf(week)];
  const [short, long] = slopes;
  if (short === undefined || long === undefined)
    return {
      state: 'off',
      message: `${path} was not watched for a week yet: how it goes cannot be told.`,
    };
  const last = day.findLast(({ value }) => value !== null)?.value ?? 0;
  const daysBy = (perMs: number) => (perMs >= 0 ? Number.POSITIVE_INFINITY : last / -perMs / dayMs);
  // The slower of the two: files that come and go every night fill no disk.
  const days = Math.max(daysBy(short), daysBy(long));
  const limits = {
    warning: msOf(fullWithin.warning) / dayMs,
    critical: msOf(fullWithin.critical) / dayMs,
    when: 'below',
  } as const;
  const arithmetic = [
    `In 24 hours ${perDay(short)} a day, in 7 days ${perDay(long)} a day; both have to fill it`,
  ];
  if (days > farDays)
    return { state: 'healthy', message: `${path} is not filling up.`, arithmetic };
  return {
    state: levelOf(days, limits),
    message: `${path} is full in ${formatDuration(days * dayMs)}, as it goes in the last day and the last week.`,
    metrics: [judged(`Days until ${path} is full`, Math.round(days * 10) / 10, 'days', limits)],
    arithmetic,
  };
}

const perDay = (perMs: number): string =>
  `${perMs > 0 ? '+' : ''}${((perMs * dayMs) / 1e9).toFixed(2)} GB`;

/** Bytes a ms, by least squares; undefined: too little of the time is known. */
function slopeOf(points: readonly Point[]): number | undefined {
  const known = points.flatMap(({ ms, value }) => (value === null ? [] : [{ ms, value }]));
  if (known.length < leastPoints) return undefined;
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const [x, y] = [mean(known.map(({ ms }) => ms)), mean(known.map(({ value }) => value))];
  const over = known.reduce((sum, { ms, value }) => sum + (ms - x) * (value - y), 0);
  return over / known.reduce((sum, { ms }) => sum + (ms - x) ** 2, 0);
}
