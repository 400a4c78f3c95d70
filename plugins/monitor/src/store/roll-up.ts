import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './database.ts';

/** What is made of what, in parts of so many seconds. */
const tables = [
  {
    into: 'm5',
    seconds: 300,
    select: 'SELECT series, t - t % 300, min(v), sum(v), max(v), count(*) FROM raw',
  },
  {
    into: 'h1',
    seconds: 3600,
    select: 'SELECT series, t - t % 3600, min(min), sum(sum), max(max), sum(n) FROM m5',
  },
] as const;

type RollUpTable = (typeof tables)[number]['into'];

/** Up to which second a roll-up is whole; what is later is told by what it is made of. */
export function rolledUntil(database: DatabaseSync, table: RollUpTable): number {
  return Number(database.prepare('SELECT value FROM kept WHERE key = ?').get(table)?.value ?? 0);
}

/**
 * Makes the parts of time that have ended since, each once: of one that goes on every page would be written again at every
 * pass.
 */
export function rollUp(database: DatabaseSync, now: number): void {
  for (const { into, seconds, select } of tables) {
    const whole = now - (now % seconds);
    const done = rolledUntil(database, into);
    // A clock that was set back: what is made anew is what has both, before and after.
    const from = Math.min(done, whole);
    if (whole === done) continue;
    inTransaction(database, () => {
      database
        .prepare(
          `INSERT OR REPLACE INTO ${into} (series, t, min, sum, max, n) ${select} WHERE t >= ? AND t < ? GROUP BY 1, 2`,
        )
        .run(from, Math.max(whole, Math.min(done, whole + seconds)));
      database
        .prepare(
          'INSERT INTO kept (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
        )
        .run(into, Math.max(whole, done));
    });
  }
}
