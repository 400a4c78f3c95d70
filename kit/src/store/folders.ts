import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fromSystemError, systemCode } from '../errors.ts';

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
 * Makes the folder and what is missing above it, all with mode 0700. One that is there already keeps
 * its mode, which is returned so that the caller can warn.
 *
 * @throws OpsError E_PERMISSION, E_READ_ONLY, E_DISK_FULL
 */
export function makeStateFolder(path: string): { created: boolean; mode: number } {
  try {
    const first = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (first === undefined) return { created: false, mode: statSync(path).mode & 0o7777 };
    const top = dirname(resolve(first));
    for (
      let folder = dirname(resolve(path));
      folder.length >= top.length;
      folder = dirname(folder)
    ) {
      syncFolder(folder);
      if (folder === dirname(folder)) break;
    }
    return { created: true, mode: 0o700 };
  } catch (error) {
    throw fromSystemError(error, 'make the folder', path);
  }
}
