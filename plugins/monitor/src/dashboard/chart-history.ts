import { join } from 'node:path';
import { isoWithOffset, lastLines, parseLogLine, type Redact } from '@om-ops/kit';
import type { KeptPass } from '../pass/kept-pass.ts';
import type { PassCheck } from '../pass/pass.ts';
import {
  type ChartData,
  type HistoryAnswer,
  type Mark,
  type WindowName,
  windows,
} from '../report/types.ts';
import { History, type SeriesHead } from '../store/history.ts';

/** What is drawn; of several names the first that was measured. */
const charts = [
  { title: 'Processors', names: ['cpu'] },
  { title: 'Memory', names: ['memory'] },
  { title: 'Answers', names: ['http:backend', 'http:*', 'load'] },
  { title: 'Waiting for disks', names: ['load.pressure-io', 'cpu.iowait'] },
];
const points = 180;
const sparkPoints = 30;
/** As `append` joins what is seen. */
const joinedIntervals = 2.5;

/** What the charts of the dashboard are drawn from, for one window. Reads the store; measures nothing. */
export async function chartHistory(
  state: string,
  window: WindowName,
  { kept, redact, now = new Date() }: { kept: KeptPass | null; redact: Redact; now?: Date },
): Promise<HistoryAnswer> {
  const history = new History(state);
  const heads = history.heads();
  const until = now;
  const since = new Date(now.getTime() - windows[window] * 1000);
  const joinSeconds = Math.max(
    (joinedIntervals * (kept?.pass.everyMs ?? 30_000)) / 1000,
    (2 * windows[window]) / points,
  );
  const checks = kept?.pass.checks ?? [];
  return {
    since: isoWithOffset(since),
    until: isoWithOffset(until),
    charts: charts.flatMap(({ title, names }) => {
      const head = names.map((name) => found(heads, name)).find((one) => one !== undefined);
      if (head === undefined) return [];
      return [chartOf(history, head, { title, checks, since, until, joinSeconds })];
    }),
    sparks: sparksOf(history, checks, heads, now),
    marks: await marksOf(state, since, redact),
  };
}

function found(heads: readonly SeriesHead[], name: string): SeriesHead | undefined {
  return heads.find((head) =>
    name.endsWith('*')
      ? head.name.startsWith(name.slice(0, -1)) && head.unit === 'ms'
      : head.name === name,
  );
}

function chartOf(
  history: History,
  { name, label, unit }: SeriesHead,
  {
    title,
    checks,
    since,
    until,
    joinSeconds,
  }: {
    title: string;
    checks: readonly PassCheck[];
    since: Date;
    until: Date;
    joinSeconds: number;
  },
): ChartData {
  const check = checks.find(({ id }) => id === name);
  const series = history.series(name, { since, until, points }) ?? [];
  return {
    name,
    title: name === 'load' || name.startsWith('http:') ? label : title,
    unit,
    check: check?.id ?? null,
    warning: check?.thresholds?.warning ?? null,
    critical: check?.thresholds?.critical ?? null,
    // The largest of each part: a mean would hide what was short.
    points: series.flatMap(({ at, max }) =>
      max === null ? [] : [[Math.round(Date.parse(at) / 1000), max] as const],
    ),
    joinSeconds,
  };
}

function sparksOf(
  history: History,
  checks: readonly PassCheck[],
  heads: readonly SeriesHead[],
  now: Date,
): HistoryAnswer['sparks'] {
  const known = new Set(heads.map(({ name }) => name));
  const range = { since: new Date(now.getTime() - 3_600_000), until: now, points: sparkPoints };
  return Object.fromEntries(
    checks
      .filter(({ id, value }) => value !== null && known.has(id))
      .map(({ id }) => [id, (history.series(id, range) ?? []).map(({ max }) => max)]),
  );
}

/** What changes a site, as the operations log calls it. */
const telling =
  /^(?:backup:(?:run|restore)|deploy:\w+|build:(?:backend|frontend)|nginx:apply|pm2:(?:restart|start|stop|setup|reset)|service:(?:restart|start|stop)|migrate:\w+|db:(?:migrate|restore)\w*)$/;
const mostLines = 2000;
const mostMarks = 40;

async function marksOf(state: string, since: Date, redact: Redact): Promise<Mark[]> {
  let lines: string[];
  try {
    lines = await lastLines(join(state, 'om-ops.log'), mostLines, { redact });
  } catch {
    // Without a log nothing is known to have been done.
    return [];
  }
  return lines
    .flatMap((text): Mark[] => {
      const line = parseLogLine(text);
      const exit = /(?:^| )exit=(\d+)/.exec(line?.details ?? '')?.[1];
      if (line === undefined || exit === undefined || !telling.test(line.command)) return [];
      if (!(new Date(line.time) >= since)) return [];
      const failed = exit !== '0' && exit !== '7';
      return [{ at: line.time, text: line.command.replace(':', ' '), failed }];
    })
    .slice(-mostMarks);
}
