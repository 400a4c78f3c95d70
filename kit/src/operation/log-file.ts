import { closeSync, fstatSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { acquireLockSync } from '../store/lock.ts';

/** A log is moved aside at this size, and so many old ones are kept as `NAME.1` … `NAME.5`. */
export const logRotation = { maxBytes: 5 * 1024 * 1024, kept: 5 };

function rotate(path: string): void {
  for (let age = logRotation.kept; age >= 1; age--) {
    const from = age === 1 ? path : `${path}.${age - 1}`;
    try {
      renameSync(from, `${path}.${age}`);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  rmSync(`${path}.${logRotation.kept + 1}`, { force: true });
}

/**
 * Appends whole lines to a log below STATE in one write, under a lock, and rotates it by size.
 *
 * @param lines ends with a newline
 */
export function appendLog(state: string, name: string, lines: string): void {
  using _lock = acquireLockSync(join(state, 'locks'), 'log', { waitMs: 5000 });
  const path = join(state, name);
  let file = openSync(path, 'a', 0o600);
  try {
    if (fstatSync(file).size >= logRotation.maxBytes) {
      closeSync(file);
      rotate(path);
      file = openSync(path, 'a', 0o600);
    }
    writeSync(file, lines);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
