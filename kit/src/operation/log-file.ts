import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
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
 * A last line that a crash left without its end is ended first, so that it does not take in the next.
 *
 * @param lines ends with a newline
 * @returns what was found wrong and mended, as a sentence
 */
export function appendLog(state: string, name: string, lines: string): string | undefined {
  using _lock = acquireLockSync(join(state, 'locks'), 'log', { waitMs: 5000 });
  const path = join(state, name);
  let file = openLog(path);
  try {
    if (fstatSync(file).size >= logRotation.maxBytes) {
      closeSync(file);
      rotate(path);
      file = openLog(path);
    }
    const isTorn = endsTorn(file);
    writeWhole(file, isTorn ? `\n${lines}` : lines);
    fsyncSync(file);
    return isTorn
      ? `The last line of ${path} was torn, as by a crash; it was ended, and the log goes on below it.`
      : undefined;
  } finally {
    closeSync(file);
  }
}

/** Follows no link and waits for no reader: whatever else stands under the name is not written to. */
function openLog(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
  const file = openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_RDWR, 0o600);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new Error(`${path} is no file`);
}

function endsTorn(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

/** A disk that is nearly full takes a part, and says so only at the next write. */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
