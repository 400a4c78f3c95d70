import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { fromSystemError, systemCode } from '../errors.ts';
import { type LockHolder, notALock, parseHolder } from './lock-holder.ts';
import { type Owner, ownerState } from './owner.ts';

/** How long a lock file may be without readable content: its maker is writing it, or was cut off. */
const unreadablePatienceMs = 5000;

/** @throws OpsError of the system; none for one that is gone */
export function removeLock(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, 'remove the lock', path);
  }
}

/** Makes `path` with the whole content at once, a link to `tempPath`. False when it exists. */
export function createLock(path: string, tempPath: string, text: string): boolean {
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

/** A lock file as it was found. */
export interface FoundLock {
  text: string;
  /** Names this lock and no other one, before or after it. */
  identity: string;
  /** Null when the content is no lock's, or may not be read. */
  holder: LockHolder | null;
  modifiedMs: number;
}

/** Undefined when there is none. @throws OpsError E_NOT_A_LOCK (exit 5), E_IO */
export function readLock(path: string): FoundLock | undefined {
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

/** Whether whoever took it has ended. */
export function isDead(found: FoundLock, here: Owner): boolean {
  if (found.holder !== null) return ownerState(found.holder, here) === 'dead';
  // A power cut can leave a lock file empty; it must not lock for ever.
  return Math.abs(Date.now() - found.modifiedMs) > unreadablePatienceMs;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
