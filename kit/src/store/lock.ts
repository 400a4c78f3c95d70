import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromSystemError, interrupted, systemCode } from '../errors.ts';
import { makeStateFolder } from './folders.ts';
import { type LockHolder, lockedError, notALock, parseHolder } from './lock-holder.ts';
import { currentOwner, type Owner, ownerState } from './owner.ts';
import { removeLeftovers, temporaryPath } from './temporary.ts';
import { isoWithOffset } from './time.ts';

export type { LockHolder } from './lock-holder.ts';

export interface LockOptions {
  /** How long to wait for another holder to release it. Default 0: not at all. */
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
/** How long a lock file may be without readable content: its maker is writing it, or was cut off. */
const unreadablePatienceMs = 5000;
/** How often the holder of a contended lock is looked at. */
const lookEveryMs = 25;

class Attempt {
  readonly #path: string;
  readonly #resource: string;
  readonly #here: Owner = currentOwner();
  readonly #text: string;
  readonly #tempPath: string;
  readonly #started = performance.now();
  readonly #waitMs: number;
  #pause = 0.5;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #tookOverFrom: LockHolder | null = null;

  constructor(folder: string, resource: string, { waitMs = 0, command = 'om-ops' }: LockOptions) {
    this.#path = lockPath(folder, resource);
    this.#resource = resource;
    this.#waitMs = waitMs;
    const since = isoWithOffset(new Date());
    const token = randomBytes(8).toString('hex');
    this.#text = `${JSON.stringify({ ...this.#here, command, since, token })}\n`;
    this.#tempPath = temporaryPath(this.#path, this.#here);
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
    for (;;) {
      if (create(this.#path, this.#tempPath, this.#text)) return undefined;
      const waited = performance.now() - this.#started;
      const now = performance.now();
      const last = waited >= this.#waitMs;
      if (last || now - this.#lookedAt >= lookEveryMs) {
        this.#lookedAt = now;
        const found = readLock(this.#path);
        if (found === undefined) continue;
        if (found.text === this.#text) return undefined;
        if (isDead(found, this.#here)) {
          if (this.#takeOver(this.#path, found)) {
            this.#tookOverFrom = found.holder;
            continue;
          }
          if (waited < takeOverPatienceMs) return 2;
        }
        if (last) throw lockedError(this.#resource, this.#path, found.holder, this.#here);
      }
      this.#pause = Math.min(this.#pause * 1.6, 20);
      return this.#pause * (0.5 + Math.random());
    }
  }

  /**
   * Removes a dead owner's lock. Of several that want to, one gets the claim, a lock named after the
   * content of this very dead lock; whoever gets it later finds that content gone and removes nothing.
   * A claim whose owner died is removed by the same rule. False when another process is at it.
   */
  #takeOver(path: string, dead: FoundLock): boolean {
    const claim = join(dirname(path), `.${dead.identity.slice(0, 24)}.claim`);
    while (!create(claim, this.#tempPath, this.#text)) {
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
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      // Somebody may have removed it by hand, and another may hold it now.
      if (readLock(path)?.text === text) removeLock(path);
      // Now, when nobody waits for it any more.
      removeDeadAttempts(path);
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

function removeLock(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, 'remove the lock', path);
  }
}

/** Makes `path` with the whole content at once. False when it exists. */
function create(path: string, tempPath: string, text: string): boolean {
  try {
    linkSync(tempPath, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS')
      return createByOpen(path, text);
    throw fromSystemError(error, 'lock', path);
  }
}

/** For file systems without hard links: exclusive all the same, but the content comes a moment later. */
function createByOpen(path: string, text: string): boolean {
  try {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
    const fd = openSync(path, flags, 0o600);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw fromSystemError(error, 'lock', path);
  }
}

interface FoundLock {
  text: string;
  /** Names this lock and no other one, before or after it. */
  identity: string;
  /** Null when the content is no lock's, or may not be read. */
  holder: LockHolder | null;
  modifiedMs: number;
}

function readLock(path: string): FoundLock | undefined {
  try {
    const stat = lstatSync(path, { bigint: true });
    if (!stat.isFile()) throw notALock(path);
    let text = '';
    try {
      text = readWhole(path);
    } catch (error) {
      if (systemCode(error) !== 'EACCES') throw error;
      return { text, identity: '', holder: null, modifiedMs: Date.now() };
    }
    const holder = parseHolder(text);
    const identity = sha256(
      holder === null ? `${basename(path)} ${stat.ino} ${stat.mtimeNs} ${text}` : text,
    );
    return { text, identity, holder, modifiedMs: Number(stat.mtimeMs) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fromSystemError(error, 'read the lock', path);
  }
}

/** Waits for nobody: a FIFO may have taken the place of the file since it was looked at. */
function readWhole(path: string): string {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw notALock(path);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function isDead(found: FoundLock, here: Owner): boolean {
  if (found.holder !== null) return ownerState(found.holder, here) === 'dead';
  // A power cut can leave a lock file empty; it must not lock for ever.
  return Math.abs(Date.now() - found.modifiedMs) > unreadablePatienceMs;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
