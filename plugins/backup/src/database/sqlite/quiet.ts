import type { BigIntStats } from 'node:fs';
import { createReadStream, createWriteStream, promises } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from '@om-ops/kit';

/** A database is copied this often before it counts as one that is in use. */
const attempts = 3;
/** Clocks of file systems tick in steps: what was written this long ago gets another time when it is written again. */
const tickMs = 100n;

/**
 * Copies a database in WAL mode that nobody has open, file by file, without a trace: SQLite itself would
 * leave `-wal` and `-shm` behind when it may only read, and cannot even read where it may not make
 * them. Whatever changes meanwhile makes the copy void, so a copy that stays is of one moment: pages
 * of the file change by checkpoints alone, and what is committed later is in a `-wal` that was not there.
 *
 * POSIX takes all of a process's locks on a file away when it closes it, so nothing else in this process
 * may have the database open.
 *
 * False, and no copy, when the database is in use or in another mode: then SQLite's own locks are the way.
 */
export async function copyQuietly(
  file: string,
  copy: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await stateOf(file);
    if (before === undefined || !(await isWal(file))) return false;
    const age = BigInt(Date.now()) - newest(before) / 1_000_000n;
    if (age < tickMs) {
      await delay(Number(tickMs), undefined, { signal });
      continue;
    }
    try {
      await copyFile(file, copy, signal);
      if (before.wal !== undefined) await copyFile(`${file}-wal`, `${copy}-wal`, signal);
      if (isSame(before, await stateOf(file))) return true;
    } catch (error) {
      // The last one to close the database takes its -wal away.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    for (const path of [copy, `${copy}-wal`]) await promises.rm(path, { force: true });
  }
  return false;
}

interface DatabaseState {
  file: BigIntStats;
  wal: BigIntStats | undefined;
  shm: BigIntStats | undefined;
}

/** Undefined when both `-wal` and `-shm` are there: somebody has it open, and SQLite adds nothing by reading it. */
async function stateOf(file: string): Promise<DatabaseState | undefined> {
  const [main, wal, shm] = await Promise.all(
    ['', '-wal', '-shm'].map((suffix) => statOf(file + suffix)),
  );
  return main === undefined || (wal !== undefined && shm !== undefined)
    ? undefined
    : { file: main, wal, shm };
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await promises.stat(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function newest({ file, wal }: DatabaseState): bigint {
  return wal !== undefined && wal.mtimeNs > file.mtimeNs ? wal.mtimeNs : file.mtimeNs;
}

function isSame(before: DatabaseState, after: DatabaseState | undefined): boolean {
  const key = (state: DatabaseState) =>
    [state.file, state.wal, state.shm]
      .map((stat) =>
        stat === undefined ? '-' : [stat.dev, stat.ino, stat.size, stat.mtimeNs].join(':'),
      )
      .join(' ');
  return after !== undefined && key(before) === key(after);
}

/** Bytes 18 and 19 of the header say how the file is to be written and read: 2 is WAL. */
async function isWal(file: string): Promise<boolean> {
  await using handle = await promises.open(file, 'r');
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(20), 0, 20, 0);
  return bytesRead === 20 && buffer[18] === 2 && buffer[19] === 2;
}

async function copyFile(from: string, to: string, signal: AbortSignal): Promise<void> {
  await pipeline(
    createReadStream(from, { highWaterMark: 1 << 20 }),
    createWriteStream(to, { flags: 'wx', mode: 0o600, highWaterMark: 1 << 20 }),
    { signal },
  );
}
