import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { clauseOf, isoWithOffset, messageOf } from '@om-ops/kit';
import { isDamaged, metricsPath, openForReading } from './database.ts';
import { problemOf } from './keeping.ts';

export interface StoreFacts {
  path: string;
  bytes: number;
  /** Of the write-ahead log beside it. */
  walBytes: number;
  maxBytes: number;
  rows: { raw: number; fiveMinutes: number; hours: number; spans: number };
  series: number;
  /** ISO 8601 with offset. */
  oldest: string | null;
  newest: string | null;
  /** `ok`, `none` when there is no database, else what is wrong. */
  check: string;
  /** Earlier ones that were damaged and put aside. */
  damaged: string[];
}

/** @throws what SQLite throws, unless it is that the file is damaged */
export function storeFacts(state: string, maxMb: number): StoreFacts {
  const path = metricsPath(state);
  const facts: StoreFacts = {
    path,
    bytes: sizeOf(path),
    walBytes: sizeOf(`${path}-wal`),
    maxBytes: maxMb * 1e6,
    rows: { raw: 0, fiveMinutes: 0, hours: 0, spans: 0 },
    series: 0,
    oldest: null,
    newest: null,
    check: 'none',
    damaged: asideOf(path),
  };
  try {
    const database = openForReading(state);
    if (database === undefined) return facts;
    try {
      const number = (sql: string) => {
        const value = database.prepare(sql).get()?.n;
        return value === null || value === undefined ? null : Number(value);
      };
      const count = (table: string) => number(`SELECT count(*) AS n FROM ${table}`) ?? 0;
      const iso = (seconds: number | null) =>
        seconds === null ? null : isoWithOffset(new Date(seconds * 1000));
      return {
        ...facts,
        rows: {
          raw: count('raw'),
          fiveMinutes: count('m5'),
          hours: count('h1'),
          spans: count('spans'),
        },
        series: count('series'),
        oldest: iso(number('SELECT min(since) AS n FROM spans')),
        newest: iso(number('SELECT max(until) AS n FROM spans')),
        check: problemOf(database).problem ?? 'ok',
      };
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return { ...facts, check: clauseOf(messageOf(error)) };
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function asideOf(path: string): string[] {
  try {
    return readdirSync(dirname(path))
      .filter(
        (name) => name.startsWith(`${basename(path)}.damaged-`) && !/-(?:wal|shm)$/.test(name),
      )
      .map((name) => join(dirname(path), name));
  } catch {
    return [];
  }
}
