import type { DatabaseSync } from 'node:sqlite';
import type { Metric } from '@om-ops/kit';
import type { Pass } from '../pass/pass.ts';
import { inTransaction } from './database.ts';
import { rollUp } from './roll-up.ts';

/** Two looks that are further apart than so many intervals have a time between them in which nobody watched. */
const joinedIntervals = 2.5;

/** Puts a pass into history; all of it or nothing. @throws what SQLite throws */
export function appendPass(database: DatabaseSync, pass: Pass): void {
  const t = Math.floor(Date.parse(pass.at) / 1000);
  inTransaction(database, () => {
    const seen = pass.checks.filter(({ stale }) => !stale);
    appendSamples(database, t, [...seen.flatMap(({ metrics }) => metrics), ...pass.metrics]);
    appendLevels(database, t, pass);
  });
  rollUp(database, t);
}

function appendSamples(database: DatabaseSync, t: number, metrics: readonly Metric[]): void {
  const ids = idsOf(database, metrics);
  // One that comes twice counts once.
  const raw = database.prepare('INSERT OR IGNORE INTO raw (series, t, v) VALUES (?, ?, ?)');
  for (const { key, value } of metrics) {
    const id = ids.get(key);
    if (id !== undefined && value !== null && Number.isFinite(value)) raw.run(id, t, value);
  }
}

function idsOf(database: DatabaseSync, metrics: readonly Metric[]): Map<string, number> {
  const known = new Map(
    database
      .prepare('SELECT id, name FROM series')
      .all()
      .map(({ id, name }) => [String(name), Number(id)]),
  );
  const add = database.prepare('INSERT INTO series (name, unit, label) VALUES (?, ?, ?)');
  for (const { key, unit, label } of metrics)
    if (!known.has(key)) known.set(key, Number(add.run(key, unit, label).lastInsertRowid));
  return known;
}

function appendLevels(database: DatabaseSync, t: number, pass: Pass): void {
  const known = new Map(
    database
      .prepare('SELECT id, name FROM checks')
      .all()
      .map(({ id, name }) => [String(name), Number(id)]),
  );
  const add = database.prepare('INSERT INTO checks (name, title) VALUES (?, ?)');
  const last = database.prepare(
    'SELECT id, until, level FROM spans WHERE check_id = ? ORDER BY until DESC LIMIT 1',
  );
  const extend = database.prepare('UPDATE spans SET until = ? WHERE id = ?');
  const begin = database.prepare(
    'INSERT INTO spans (check_id, since, until, level) VALUES (?, ?, ?, ?)',
  );
  const most = (joinedIntervals * pass.everyMs) / 1000;
  for (const { id: name, title, level } of pass.checks) {
    const id = known.get(name) ?? Number(add.run(name, title).lastInsertRowid);
    const span = last.get(id);
    const until = Number(span?.until ?? Number.NEGATIVE_INFINITY);
    // The clock was set back: what is written stays as it was seen.
    if (until > t) continue;
    const isJoined = span !== undefined && t - until <= most;
    if (isJoined) extend.run(t, Number(span.id));
    if (!isJoined || span.level !== level) begin.run(id, t, t, level);
  }
}
