import { closeSync, fsyncSync, openSync, promises, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, isOpsError, isUnwritable, OpsError, systemCode } from '../errors.ts';
import { isThere, makeStateFolder, syncFolder } from './folders.ts';
import { acquireLock, acquireLockSync, type Lock, lockHolder } from './lock.ts';
import { temporaryPath } from './temporary.ts';
import { parseStamp, stampSecond } from './time.ts';

const runName = /^(\d{4}-\d\d-\d\d_\d{6})(?:-([a-z][a-z0-9-]*?))?(?:-(\d+))?$/;

export interface Run {
  /** `YYYY-MM-DD_HHMMSS`, with `-2`, `-3` … for more in the same second; `YYYY-MM-DD_HHMMSS-backup` of a labelled one. */
  name: string;
  path: string;
  /** When it was made, by its name. */
  date: Date;
}

/**
 * A folder of results that is written under a temporary name and appears whole under its own, which
 * is settled from the start. Whoever makes one calls `commit` or `discard`; `await using` discards
 * what was not committed.
 */
export class RunFolder implements AsyncDisposable {
  readonly name: string;
  /** The name it gets; nothing is there before `commit`. */
  readonly path: string;
  /** Write the files here. */
  readonly tempPath: string;
  readonly #lock: Lock;
  #isOpen = true;

  private constructor(folder: string, name: string, lock: Lock) {
    this.name = name;
    this.path = join(folder, name);
    this.tempPath = temporaryPath(this.path);
    this.#lock = lock;
  }

  /**
   * @param folder e.g. STATE/analysis/runs; made when missing
   * @throws OpsError E_PERMISSION, E_DISK_FULL, E_READ_ONLY
   */
  static async create(folder: string, date: Date = new Date()): Promise<RunFolder> {
    makeStateFolder(folder);
    releaseDeadReservations(folder);
    const stamp = stampSecond(date);
    for (let number = 1; ; number++) {
      const name = number === 1 ? stamp : `${stamp}-${number}`;
      if (isThere(join(folder, name))) continue;
      const lock = await reserve(folder, name);
      if (lock === undefined) continue;
      try {
        // It may have been committed and its reservation released since we looked.
        if (isThere(join(folder, name))) {
          lock.release();
          continue;
        }
        const run = new RunFolder(folder, name, lock);
        await promises.mkdir(run.tempPath, { mode: 0o700 });
        return run;
      } catch (error) {
        lock.release();
        throw fromSystemError(error, 'make the folder', join(folder, name));
      }
    }
  }

  /** Makes every file durable and gives the folder its name. @throws OpsError E_DISK_FULL, E_IO */
  async commit(): Promise<Run> {
    if (!this.#isOpen) throw new Error(`${this.path} was committed or discarded before.`);
    try {
      syncTree(this.tempPath);
      renameSync(this.tempPath, this.path);
      this.#isOpen = false;
      syncFolder(join(this.path, '..'));
    } catch (error) {
      throw fromSystemError(error, 'write', this.path);
    } finally {
      if (!this.#isOpen) this.#lock.release();
    }
    return { name: this.name, path: this.path, date: parseStamp(this.name.slice(0, 17)) as Date };
  }

  /** Removes what was written. Does nothing when it was committed or discarded before. */
  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      await promises.rm(this.tempPath, { recursive: true, force: true });
    } finally {
      this.#lock.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is thrown here would hide why it was not committed; `removeLeftovers` takes what stays.
    await this.discard().catch(() => {});
  }
}

async function reserve(folder: string, name: string): Promise<Lock | undefined> {
  try {
    return await acquireLock(folder, `.${name}`);
  } catch (error) {
    if (isOpsError(error) && error.code === 'E_LOCKED') return undefined;
    throw error;
  }
}

const reservation = /^(\.\d{4}-\d\d-\d\d_\d{6}(?:-\d+)?)\.lock$/;

/** A process that was killed while it made a run leaves its name reserved. */
function releaseDeadReservations(folder: string): void {
  for (const file of readdirSync(folder)) {
    const name = reservation.exec(file)?.[1];
    if (name === undefined || lockHolder(folder, name) !== null) continue;
    try {
      // Taking it over is what several may try at once, and only one does.
      acquireLockSync(folder, name).release();
    } catch (error) {
      if (!isUnwritable(fromSystemError(error, 'release', join(folder, file)))) throw error;
    }
  }
}

function syncTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) syncTree(child);
    else if (entry.isFile()) {
      const fd = openSync(child, 'r');
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    }
  }
  syncFolder(path);
}

/** What a run is of, by its name; undefined without a label. */
export function labelOf({ name }: Pick<Run, 'name'>): string | undefined {
  return runName.exec(name)?.[2];
}

/** The runs in a folder, newest first. None when the folder does not exist. @throws OpsError E_PERMISSION */
export function listRuns(folder: string): Run[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fromSystemError(error, 'list', folder);
  }
  const runs = names.flatMap((name) => {
    const match = runName.exec(name);
    const date = match?.[1] === undefined ? undefined : parseStamp(match[1]);
    if (match === null || date === undefined) return [];
    return [
      {
        name,
        path: join(folder, name),
        date,
        stamp: match[1] ?? '',
        number: Number(match[3] ?? 1),
      },
    ];
  });
  // By name, not by date: the hour that summer time repeats would tie.
  runs.sort((a, b) => (a.stamp === b.stamp ? b.number - a.number : a.stamp < b.stamp ? 1 : -1));
  return runs.map(({ name, path, date }) => ({ name, path, date }));
}

/**
 * Removes a run so that it is never seen half gone.
 *
 * @throws OpsError E_NO_RUN when there is none of that name; E_PERMISSION
 */
export function removeRun(folder: string, name: string): void {
  const path = join(folder, name);
  if (!runName.test(name) || !isThere(path)) {
    throw new OpsError('E_NO_RUN', `There is no run ${name} in ${folder}.`, { exit: 'usage' });
  }
  removeFolderWhole(path);
}

/** Removes a folder by renaming it first, so that nobody sees a part of it under its name. */
export function removeFolderWhole(path: string): void {
  const doomed = temporaryPath(path);
  try {
    renameSync(path, doomed);
    rmSync(doomed, { recursive: true, force: true });
  } catch (error) {
    throw fromSystemError(error, 'remove', path);
  }
}
