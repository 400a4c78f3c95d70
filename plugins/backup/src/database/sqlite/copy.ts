import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isBusy } from './error.ts';
import { copyQuietly } from './quiet.ts';

/** How long we wait for a writer that holds the database. */
const patienceMs = 30_000;
/** Between two steps of the copy there is time for a signal. */
const pagesPerStep = 4096;

/**
 * Copies a database as it is at one moment, while others write to it, to a file that is not there yet.
 * The read transaction is ours from before the first page to after the last, so no writer makes the
 * copy start over: in WAL mode writers go on, else they wait for the copy, not for the dump. Beside the
 * database nothing is left that was not there.
 */
export async function copySqlite(file: string, copy: string, signal: AbortSignal): Promise<void> {
  if (await copyQuietly(file, copy, signal)) return;
  const { backup } = await import('node:sqlite');
  const source = await openForReading(file, signal);
  try {
    await backup(source, copy, {
      rate: pagesPerStep,
      progress: () => signal.throwIfAborted(),
    });
    signal.throwIfAborted();
  } finally {
    source.close();
  }
}

async function openForReading(file: string, signal: AbortSignal): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  const deadline = performance.now() + patienceMs;
  // A crashed writer's journal has to be rolled back before anybody can read; that takes a write.
  // Never makes a database where one has just gone.
  const existing = pathToFileURL(file);
  for (const readOnly of [true, false]) {
    existing.search = readOnly ? 'mode=ro' : 'mode=rw';
    const source = new DatabaseSync(existing, { readOnly, timeout: 0 });
    try {
      await beginReading(source, deadline, signal);
      return source;
    } catch (error) {
      source.close();
      if (!readOnly || isBusy(error) || !needsWriting(error)) throw error;
    }
  }
  throw new Error('unreachable');
}

async function beginReading(source: DatabaseSync, deadline: number, signal: AbortSignal) {
  for (;;) {
    signal.throwIfAborted();
    try {
      // BEGIN alone locks nothing; the first read does.
      source.exec('BEGIN; SELECT count(*) FROM sqlite_schema;');
      return;
    } catch (error) {
      if (source.isTransaction) source.exec('ROLLBACK');
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    // Uneven, so as not to keep step with a writer that is busy all the time.
    await delay(1 + Math.random() * 10);
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN: what a journal or a WAL without its index gives a reader. */
function needsWriting(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === 8 || code === 14;
}
