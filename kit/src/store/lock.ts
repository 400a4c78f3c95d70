import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromSystemError, interrupted, systemCode } from '../errors.ts';
import { makeStateFolder } from './folders.ts';
import { createLock, type FoundLock, isDead, readLock, removeLock, sha256 } from './lock-file.ts';
import { type LockHolder, lockedError } from './lock-holder.ts';
import { currentOwner, type Owner, ownerState } from './owner.ts';
import { removeLeftovers, temporaryPath } from './temporary.ts';
import { isoWithOffset } from './time.ts';

export type { LockHolder } from './lock-holder.ts';

export interface LockOptions {
  /**
   * How long to wait for one and the same holder to release it: while the lock goes from hand to hand, the
   * waiting goes on. Default 0: not at all.
   */
  waitMs?: number;
  /** What the holder is doing, for the others' message. Must not hold a secret. Default `om-ops`. */
  command?: string;
  /** Ends the waiting of `acquireLock`. */
  signal?: AbortSignal;
}

export interface Lock extends Disposable {
  /** The lock file. */
  readonly path: string;
  /** The ended run that had left its lock behind, if there was one. */
  readonly tookOverFrom: LockHolder | null;
  /** Calling it again does nothing. */
  release(): void;
}

/**
 * Takes the lock of `resource`, a file in `folder` (made when missing) that holds who has it. The lock
 * of a process that has ended is taken over; one of another host or container never is.
 *
 * @throws OpsError E_LOCKED (exit `locked`) naming the holder; E_PERMISSION, E_DISK_FULL, E_READ_ONLY
 */
export async function acquireLock(
  folder: string,
  resource: string,
  options: LockOptions = {},
): Promise<Lock> {
  const attempt = new Attempt(folder, resource, options);
  try {
    for (;;) {
      if (options.signal?.aborted) throw interrupted();
      const pause = attempt.step();
      if (pause === undefined) return attempt.lock();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  } finally {
    attempt.end();
  }
}

/** `acquireLock` without giving the event loop a turn: for locks that are held for milliseconds. */
export function acquireLockSync(
  folder: string,
  resource: string,
  options: Omit<LockOptions, 'signal'> = {},
): Lock {
  const attempt = new Attempt(folder, resource, options);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  try {
    for (;;) {
      const pause = attempt.step();
      if (pause === undefined) return attempt.lock();
      Atomics.wait(cell, 0, 0, pause);
    }
  } finally {
    attempt.end();
  }
}

/** Who holds the lock now: null when nobody does, or a process that has ended. */
export function lockHolder(folder: string, resource: string): LockHolder | null {
  const found = readLock(lockPath(folder, resource));
  return found?.holder && ownerState(found.holder) !== 'dead' ? found.holder : null;
}

function lockPath(folder: string, resource: string): string {
  const name = encodeURIComponent(resource);
  const short = name.length <= 200 ? name : `${name.slice(0, 160)}-${sha256(name).slice(0, 16)}`;
  return join(folder, `${short}.lock`);
}

/** While another process is just taking over a dead lock, the dead owner is not worth reporting. */
const takeOverPatienceMs = 500;
/** How often the holder of a contended lock, and who waits for it, is looked at. */
const lookEveryMs = 25;
/** How seldom a lock is tried at the most. */
const longestPauseMs = 200;

const arrivalLength = 11;

/** When an attempt began, in a form that sorts: microseconds, 36 to the digit. */
function arrival(): string {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return microseconds.toString(36).padStart(arrivalLength, '0');
}

class Attempt {
  readonly #path: string;
  readonly #resource: string;
  readonly #here: Owner = currentOwner();
  readonly #text: string;
  readonly #tempPath: string;
  readonly #ticket: string;
  readonly #started = performance.now();
  readonly #waitMs: number;
  #isFirst = true;
  #pause = 0.5;
  #ahead = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #heldBy: string | undefined;
  #heldSince = this.#started;
  #tookOverFrom: LockHolder | null = null;

  constructor(folder: string, resource: string, { waitMs = 0, command = 'om-ops' }: LockOptions) {
    this.#path = lockPath(folder, resource);
    this.#resource = resource;
    this.#waitMs = waitMs;
    const since = isoWithOffset(new Date());
    const token = randomBytes(8).toString('hex');
    this.#text = `${JSON.stringify({ ...this.#here, command, since, token })}\n`;
    this.#ticket = `${arrival()}-${basename(this.#path)}`;
    this.#tempPath = temporaryPath(join(folder, this.#ticket), this.#here);
    try {
      try {
        writeFileSync(this.#tempPath, this.#text, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        makeStateFolder(folder);
        writeFileSync(this.#tempPath, this.#text, { mode: 0o600, flag: 'wx' });
      }
    } catch (error) {
      // The first error says why; that there is nothing to remove either would only hide it.
      try {
        rmSync(this.#tempPath, { force: true });
      } catch {}
      throw fromSystemError(error, 'lock', this.#path);
    }
  }

  /** One try. Undefined when the lock is ours, else the milliseconds to wait before the next. */
  step(): number | undefined {
    if (this.#isFirst) {
      this.#isFirst = false;
      // Whoever releases it and wants it again at once would always be the first.
      if (this.#waitMs > 0) this.#ahead = this.#countAhead();
      if (this.#ahead > 0) return this.#nextPause();
    }
    for (;;) {
      if (createLock(this.#path, this.#tempPath, this.#text)) return undefined;
      const now = performance.now();
      const isDue = now - this.#heldSince >= this.#waitMs;
      if (isDue || now - this.#lookedAt >= lookEveryMs) {
        this.#lookedAt = now;
        const found = readLock(this.#path);
        if (found === undefined) continue;
        if (found.text === this.#text) return undefined;
        if (isDead(found, this.#here)) {
          if (this.#takeOver(this.#path, found)) {
            this.#tookOverFrom = found.holder;
            continue;
          }
          if (now - this.#started < takeOverPatienceMs) return 2;
        }
        if (found.text !== this.#heldBy) {
          this.#heldBy = found.text;
          this.#heldSince = now;
        }
        if (now - this.#heldSince >= this.#waitMs)
          throw lockedError(this.#resource, this.#path, found.holder, this.#here);
        this.#ahead = this.#countAhead();
      }
      return this.#nextPause();
    }
  }

  /**
   * The first in the queue tries often and the others the more seldom the more are before them: nearly first
   * come, first served, and of a crowd no more tries than of a few.
   */
  #nextPause(): number {
    this.#pause = this.#ahead === 0 ? Math.min(this.#pause * 1.6, 10) : 5 + 8 * this.#ahead;
    return Math.min(this.#pause, longestPauseMs) * (0.5 + Math.random());
  }

  /** How many have waited for the same lock for longer. */
  #countAhead(): number {
    const begin = `.${this.#ticket.slice(0, 80)}`;
    const name = begin.slice(arrivalLength + 1);
    let names: string[];
    try {
      names = readdirSync(dirname(this.#path));
    } catch {
      // A folder that may be written to but not listed.
      return 0;
    }
    return names.filter((other) => other.startsWith(name, arrivalLength + 1) && other < begin)
      .length;
  }

  /**
   * Removes a dead owner's lock. Of several that want to, one gets the claim, a lock named after the
   * content of this very dead lock; whoever gets it later finds that content gone and removes nothing.
   * A claim whose owner died is removed by the same rule. False when another process is at it.
   */
  #takeOver(path: string, dead: FoundLock): boolean {
    const claim = join(dirname(path), `.${dead.identity.slice(0, 24)}.claim`);
    while (!createLock(claim, this.#tempPath, this.#text)) {
      const rival = readLock(claim);
      if (rival === undefined) continue;
      if (!isDead(rival, this.#here)) return false;
      if (!this.#takeOver(claim, rival)) return false;
    }
    try {
      if (readLock(path)?.identity === dead.identity) removeLock(path);
      return true;
    } finally {
      removeLock(claim);
    }
  }

  lock(): Lock {
    const path = this.#path;
    const text = this.#text;
    const wasContended = this.#heldBy !== undefined;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      // Somebody may have removed it by hand, and another may hold it now.
      if (readLock(path)?.text === text) removeLock(path);
      // Now, when nobody waits for it any more. In a crowd each would look at all the others.
      if (!wasContended) removeDeadAttempts(path);
    };
    const dispose = (): void => {
      // What is thrown here would hide what went wrong before; a dead owner's lock is taken over.
      try {
        release();
      } catch {}
    };
    return { path, tookOverFrom: this.#tookOverFrom, release, [Symbol.dispose]: dispose };
  }

  end(): void {
    removeLock(this.#tempPath);
  }
}

/** Those of killed runs wait for nobody, and a folder of locks is never tidied by anything else. */
function removeDeadAttempts(path: string): void {
  try {
    removeLeftovers(dirname(path), (name) => name.includes('.lock.'));
  } catch {
    // A folder that may be written to but not listed.
  }
}
