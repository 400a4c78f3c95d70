import { chmodSync, closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { stampSecond } from '@om-ops/kit';

/** `STATE/monitor/metrics.db`: what was measured, and how each check was. It may be lost. */
export const metricsPath = (state: string): string => join(state, 'monitor', 'metrics.db');

const schema = `
  CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, label TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS raw (series INTEGER NOT NULL, t INTEGER NOT NULL, v REAL NOT NULL, PRIMARY KEY (series, t)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS m5 (series INTEGER NOT NULL, t INTEGER NOT NULL, min REAL NOT NULL, sum REAL NOT NULL, max REAL NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (series, t)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS h1 (series INTEGER NOT NULL, t INTEGER NOT NULL, min REAL NOT NULL, sum REAL NOT NULL, max REAL NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (series, t)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS checks (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS spans (id INTEGER PRIMARY KEY, check_id INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, level TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS spans_of_check ON spans (check_id, until);
  CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`;

const version = 1;
const pageBytes = 4096;
/** What a write-ahead log may be when nobody writes. */
const walBytes = 512 * 1024;

/** Opens it for writing, and makes it when there is none. The folder is there. @throws what SQLite throws */
export function openForWriting(state: string, maxMb: number): DatabaseSync {
  const path = metricsPath(state);
  // SQLite would make it for all to read.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(`PRAGMA journal_size_limit = ${walBytes}; PRAGMA wal_autocheckpoint = 100`);
    database.exec(`PRAGMA max_page_count = ${mostPages(maxMb)}`);
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
    if (found > version) throw new NewerStore();
    if (found < version)
      database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${version}; COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Pages of the database itself, so that with its log it stays below the cap. */
export function mostPages(maxMb: number): number {
  const forLog = Math.max(1.5e6, (maxMb * 1e6) / 8);
  return Math.floor((maxMb * 1e6 - forLog) / pageBytes);
}

/** All of it or nothing. @throws what SQLite throws */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A disk that is full has rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Undefined: there is none. Nobody is held up by who reads. @throws what SQLite throws */
export function openForReading(state: string): DatabaseSync | undefined {
  const path = metricsPath(state);
  if (!existsSync(path) || statSync(path).size === 0) return undefined;
  return new DatabaseSync(path, { readOnly: true, timeout: 2000 });
}

class NewerStore extends Error {
  constructor() {
    super('it was written by a newer om-ops');
  }
}

/** Whether SQLite says that the file is no longer what it was. */
export function isDamaged(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  // SQLITE_CORRUPT and SQLITE_NOTADB, with whatever they are extended by.
  return errcode !== undefined && [11, 26].includes(errcode & 0xff);
}

/** Whether there is no room: the cap is reached, or the disk. */
export function isFull(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === 13;
}

/** Puts a damaged one aside, where it can be looked at. @returns where it lies now */
export function moveAside(state: string, now: Date): string {
  const path = metricsPath(state);
  const aside = `${path}.damaged-${stampSecond(now)}`;
  for (const suffix of ['-wal', '-shm', ''])
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  chmodSync(aside, 0o600);
  return aside;
}
