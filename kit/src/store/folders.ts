import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fromSystemError, messageOf, systemCode } from '../errors.ts';

/** Makes a new name in a folder survive a power cut. Errors: none where the file system cannot do it. */
export function syncFolder(path: string): void {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    // A folder one may write to but not list: its names cannot be synced, and that is no failure.
    if (systemCode(error) === 'EACCES') return;
    throw error;
  }
  try {
    fsyncSync(fd);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EROFS') throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether something is at `path`. What may not be looked at is not absent, as `existsSync` has it.
 *
 * @throws OpsError E_PERMISSION (exit `requirement`)
 */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') return false;
    throw fromSystemError(error, 'look for', path);
  }
}

/** For requirements: why nothing is found at `path`, as the end of a sentence; undefined: something is. */
export function whyNotThere(path: string): string | undefined {
  try {
    return isThere(path) ? undefined : 'does not exist';
  } catch (error) {
    return messageOf(error);
  }
}

/** {@link isThere} for where absence is acted upon: what may not be looked at, or cannot, is taken for there. */
export function mayBeThere(path: string): boolean {
  try {
    return isThere(path);
  } catch {
    return true;
  }
}

/**
 * Makes the folder and what is missing above it, all with mode 0700. One that is there already keeps
 * its mode, which is returned so that the caller can warn.
 *
 * @throws OpsError E_PERMISSION, E_READ_ONLY, E_DISK_FULL
 */
export function makeStateFolder(path: string): { created: boolean; mode: number } {
  try {
    const missing: string[] = [];
    for (let folder = resolve(path); !isFolder(folder); folder = dirname(folder)) {
      missing.push(folder);
    }
    // One by one and not `recursive`: where nothing can be made, as below /proc, Node would try for ever.
    for (const folder of missing.reverse()) {
      makeFolder(folder);
      syncFolder(dirname(folder));
    }
    if (missing.length > 0) return { created: true, mode: 0o700 };
    return { created: false, mode: statSync(path).mode & 0o7777 };
  } catch (error) {
    throw fromSystemError(error, 'make the folder', path);
  }
}

/** Throws ENOTDIR for what is there and no folder. */
function isFolder(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return stat !== undefined;
  throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
