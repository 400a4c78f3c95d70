import type { DatabaseSync } from 'node:sqlite';
import { msOf } from '../site/amounts.ts';
import type { MetricsSection } from '../site/metrics.ts';
import { inTransaction, mostPages } from './database.ts';

/** How many rows went. */
export interface Pruned {
  raw: number;
  m5: number;
  h1: number;
  spans: number;
}

const hour = 3600;
const day = 24 * hour;

/** Lets go what is past its time, once an hour; checks the file and empties its log once a day. */
export function keepInTime(
  database: DatabaseSync,
  section: MetricsSection,
  nowSeconds: number,
): { problem?: string } {
  const kept = (key: string) =>
    Number(database.prepare('SELECT value FROM kept WHERE key = ?').get(key)?.value ?? 0);
  const keep = database.prepare(
    'INSERT INTO kept (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const isDue = (key: string, seconds: number) => Math.abs(nowSeconds - kept(key)) >= seconds;
  if (isDue('pruned', hour)) {
    prune(database, cutsOf(section, nowSeconds));
    shrink(database, mostPages(section.maxMb));
    keep.run('pruned', nowSeconds);
  }
  if (!isDue('checked', day)) return {};
  keep.run('checked', nowSeconds);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return problemOf(database);
}

/** A cap that was lowered binds what is there already. */
function shrink(database: DatabaseSync, most: number): void {
  const pages = () => Number(database.prepare('PRAGMA page_count').get()?.page_count ?? 0);
  for (let tries = 0; pages() > most && tries < 100 && makeRoom(database); tries += 1)
    database.exec('PRAGMA incremental_vacuum');
}

/** What `quick_check` finds; none when it is whole. */
export function problemOf(database: DatabaseSync): { problem?: string } {
  const said = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check ?? 'ok');
  return said === 'ok' ? {} : { problem: said };
}

/** Everything before these moments goes; seconds since 1970. */
export type Cuts = Readonly<Record<keyof Pruned, number>>;

export function cutsOf({ raw, fiveMinutes, hours }: MetricsSection, nowSeconds: number): Cuts {
  const before = (text: string) => nowSeconds - Math.round(msOf(text) / 1000);
  return { raw: before(raw), m5: before(fiveMinutes), h1: before(hours), spans: before(hours) };
}

/** Rows before some moments. Together or not at all. */
export function prune(database: DatabaseSync, cuts: Cuts): Pruned {
  const gone = (table: 'raw' | 'm5' | 'h1', before: number) =>
    Number(database.prepare(`DELETE FROM ${table} WHERE t < ?`).run(before).changes);
  const pruned = inTransaction(database, () => ({
    raw: gone('raw', cuts.raw),
    m5: gone('m5', cuts.m5),
    h1: gone('h1', cuts.h1),
    spans: Number(database.prepare('DELETE FROM spans WHERE until < ?').run(cuts.spans).changes),
  }));
  database.exec('PRAGMA incremental_vacuum');
  return pruned;
}

/** How many rows a pruning would take. */
export function prunable(database: DatabaseSync, cuts: Cuts): Pruned {
  const count = (table: string, column: string, before: number) =>
    Number(
      database.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} < ?`).get(before)?.n ??
        0,
    );
  return {
    raw: count('raw', 't', cuts.raw),
    m5: count('m5', 't', cuts.m5),
    h1: count('h1', 't', cuts.h1),
    spans: count('spans', 'until', cuts.spans),
  };
}

/** Makes room below the cap: the oldest tenth goes of what there is most of. False: nothing is left to go. */
export function makeRoom(database: DatabaseSync): boolean {
  const tables = (['raw', 'm5', 'h1'] as const)
    .map((table) => {
      const row = database
        .prepare(`SELECT min(t) AS first, max(t) AS last, count(*) AS n FROM ${table}`)
        .get();
      return {
        table,
        first: Number(row?.first),
        last: Number(row?.last),
        rows: Number(row?.n ?? 0),
      };
    })
    // The newest hour of samples is what is judged by.
    .filter(({ table, first, last, rows }) => rows > 0 && (table !== 'raw' || last - first > hour))
    .sort((one, other) => other.rows - one.rows);
  const [most] = tables;
  if (most === undefined) return false;
  const { table, first, last } = most;
  database
    .prepare(`DELETE FROM ${table} WHERE t <= ?`)
    .run(first + Math.max(1, Math.floor((last - first) / 10)));
  return true;
}
