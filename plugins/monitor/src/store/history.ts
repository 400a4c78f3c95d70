import type { DatabaseSync } from 'node:sqlite';
import {
  clauseOf,
  isoWithOffset,
  isState,
  type Lane,
  type MetricUnit,
  messageOf,
  OpsError,
  type SeriesPoint,
  type State,
  type TimeRange,
} from '@om-ops/kit';
import { byLevel } from '../checks/watched-check.ts';
import { isDamaged, metricsPath, openForReading } from './database.ts';
import { rolledUntil } from './roll-up.ts';

export interface SeriesHead {
  name: string;
  label: string;
  unit: MetricUnit;
  /** ISO 8601 with offset. */
  first: string;
  last: string;
  value: number;
}

const iso = (seconds: number): string => isoWithOffset(new Date(seconds * 1000));
const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000);

/** The history, for who reads it. Nothing is held open between two questions. */
export class History {
  readonly #state: string;

  /** @param state STATE */
  constructor(state: string) {
    this.#state = state;
  }

  /** @throws OpsError E_METRICS */
  heads(): SeriesHead[] {
    return (
      this.read((database) =>
        database
          .prepare(
            `SELECT name, label, unit, last, (SELECT v FROM raw WHERE raw.series = id AND t = last) AS v,
             coalesce((SELECT min(t) FROM h1 WHERE h1.series = id), (SELECT min(t) FROM m5 WHERE m5.series = id), first) AS first
           FROM series JOIN (SELECT series, min(t) AS first, max(t) AS last FROM raw GROUP BY series) ON series = id ORDER BY name`,
          )
          .all()
          .map((row) => ({
            name: String(row.name),
            label: String(row.label),
            unit: String(row.unit) as MetricUnit,
            first: iso(Number(row.first ?? row.last)),
            last: iso(Number(row.last)),
            value: Number(row.v),
          })),
      ) ?? []
    );
  }

  /**
   * A series in equal parts of the time, from the finest that reaches back so far. Undefined: there is none of
   * this name.
   *
   * @throws OpsError E_METRICS
   */
  series(
    name: string,
    { since, until, points }: TimeRange & { points: number },
  ): SeriesPoint[] | undefined {
    return this.read((database) => {
      const id = database.prepare('SELECT id FROM series WHERE name = ?').get(name)?.id;
      if (id === undefined) return undefined;
      const [from, to] = [secondsOf(since), Math.max(secondsOf(since) + 1, secondsOf(until))];
      const step = Math.max(1, (to - from) / Math.max(1, points));
      const parts = partsOf(database, Number(id), { from, to, step });
      const found = new Map(parts.map((row) => [Number(row.part), row]));
      return Array.from({ length: Math.ceil((to - from) / step) }, (_, part) => {
        const row = found.get(part);
        const number = (value: unknown) =>
          value === undefined || value === null ? null : Number(value);
        return {
          at: iso(Math.floor(from + part * step)),
          min: number(row?.min),
          mean: number(row?.mean),
          max: number(row?.max),
        };
      });
    });
  }

  /** How each check was, the worst first; none when nobody watched. @throws OpsError E_METRICS */
  lanes({ since, until }: TimeRange): Lane[] {
    const [from, to] = [secondsOf(since), secondsOf(until)];
    const rows = this.read((database) =>
      database
        .prepare(
          `SELECT name, title, max(since, ?) AS since, min(until, ?) AS until, level
           FROM spans JOIN checks ON checks.id = check_id WHERE until >= ? AND since <= ? ORDER BY spans.since, spans.id`,
        )
        .all(from, to, from, to),
    );
    const lanes = new Map<string, { title: string; spans: Lane['spans'][number][] }>();
    for (const { name, title, since: begin, until: end, level } of rows ?? []) {
      if (!isState(level)) continue;
      const lane = lanes.get(String(name)) ?? { title: String(title), spans: [] };
      lanes.set(String(name), lane);
      lane.spans.push({ from: iso(Number(begin)), to: iso(Number(end)), level });
    }
    return [...lanes]
      .map(([check, lane]) => ({ check, ...lane }))
      .sort((one, other) => byLevel(worstIn(one.spans), worstIn(other.spans)));
  }

  /** The values of a series as they came, the newest last. @throws OpsError E_METRICS */
  samples(name: string, most: number): { at: string; value: number }[] {
    const rows = this.read((database) =>
      database
        .prepare(
          'SELECT t, v FROM raw WHERE series = (SELECT id FROM series WHERE name = ?) ORDER BY t DESC LIMIT ?',
        )
        .all(name, most),
    );
    return (rows ?? []).reverse().map(({ t, v }) => ({ at: iso(Number(t)), value: Number(v) }));
  }

  /**
   * Reads with the database open, and closes it. Undefined: there is none.
   *
   * @throws OpsError E_METRICS
   */
  read<T>(work: (database: DatabaseSync) => T): T | undefined {
    try {
      const database = openForReading(this.#state);
      if (database === undefined) return undefined;
      try {
        return work(database);
      } finally {
        database.close();
      }
    } catch (error) {
      const path = metricsPath(this.#state);
      throw new OpsError(
        'E_METRICS',
        `The history of what was measured cannot be read, ${path}: ${clauseOf(messageOf(error))}.`,
        {
          suggestions: [
            isDamaged(error)
              ? 'The next pass moves it aside and begins a new one: om-ops health check'
              : 'See whose file it is, and whether this user may read it.',
          ],
          cause: error,
        },
      );
    }
  }
}

function worstIn(spans: Lane['spans']): State {
  return spans.map(({ level }) => level).sort(byLevel)[0] ?? 'off';
}

/** What a part of the time is made of: whole roll-ups, and what they are not made of yet. */
const rows = {
  raw: 'SELECT t, v AS min, v AS sum, v AS max, 1 AS n FROM raw WHERE series = :id AND t >= :from AND t < :to',
  m5: `SELECT t, min, sum, max, n FROM m5 WHERE series = :id AND t >= :from AND t < min(:to, :m5)
       UNION ALL SELECT t, v, v, v, 1 FROM raw WHERE series = :id AND t >= max(:from, :m5) AND t < :to`,
  h1: `SELECT t, min, sum, max, n FROM h1 WHERE series = :id AND t >= :from AND t < min(:to, :h1)
       UNION ALL SELECT t, min, sum, max, n FROM m5 WHERE series = :id AND t >= max(:from, :h1) AND t < min(:to, :m5)
       UNION ALL SELECT t, v, v, v, 1 FROM raw WHERE series = :id AND t >= max(:from, :h1, :m5) AND t < :to`,
} as const;

/** From the coarsest that is fine enough, or finer than which nothing reaches back so far. */
function partsOf(
  database: DatabaseSync,
  id: number,
  { from, to, step }: { from: number; to: number; step: number },
) {
  const oldest = (table: string) =>
    Number(
      database.prepare(`SELECT min(t) AS t FROM ${table} WHERE series = ?`).get(id)?.t ??
        Number.POSITIVE_INFINITY,
    );
  const begin = Math.max(from, Math.min(oldest('raw'), oldest('m5'), oldest('h1')));
  const reaches = (table: string) => oldest(table) <= begin + 3600;
  const source =
    step < 300 && reaches('raw')
      ? 'raw'
      : step < 3600 && (reaches('m5') || reaches('raw'))
        ? 'm5'
        : 'h1';
  const marks = { m5: rolledUntil(database, 'm5'), h1: rolledUntil(database, 'h1') };
  const used = source === 'raw' ? {} : source === 'm5' ? { m5: marks.m5 } : marks;
  return (
    database
      .prepare(
        `SELECT min(CAST((t - :from) / :step AS INTEGER), :last) AS part, min(min) AS min, sum(sum) / sum(n) AS mean, max(max) AS max
       FROM (${rows[source]}) GROUP BY part`,
      )
      // What was measured in the last second is meant too.
      .all({ id, from, to: to + 1, step, last: Math.ceil((to - from) / step) - 1, ...used })
  );
}
