import {
  chmodSync,
  closeSync,
  fchmodSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { systemCode } from '@om-ops/kit/errors';
import { nameOnlyFlags, openFolderFlags, pathIn, pathOf } from './open-path.ts';

/** A folder below this depth is moved up before it is emptied: open folders are limited. */
const deepest = 100;

/**
 * Removes a folder and what is in it, whatever the names (Node's `rmSync` wants UTF-8 in some
 * versions), depth and modes. Follows no link. A folder that is not there is no error.
 */
export function removeTree(path: string | Buffer): void {
  let fd: number;
  try {
    fd = openClosed(Buffer.from(path));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    emptyFolder(fd);
  } finally {
    closeSync(fd);
  }
  rmdirSync(path);
}

/** Removes what is in an open folder, as `removeTree` does. */
export function emptyFolder(fd: number): void {
  if (process.geteuid?.() !== 0) fchmodSync(fd, 0o700);
  let moved = 0;
  do moved = empty(fd, fd, 0);
  while (moved > 0);
}

/** Returns how many folders it moved up to the top because they were too deep. */
function empty(fd: number, topFd: number, depth: number): number {
  let moved = 0;
  const entries = readdirSync(pathIn(fd, Buffer.from('.')), {
    withFileTypes: true,
    encoding: 'buffer',
  });
  for (const entry of entries) {
    const path = pathIn(fd, entry.name);
    if (!entry.isDirectory()) unlinkSync(path);
    else if (depth === deepest) {
      renameSync(path, pathIn(topFd, Buffer.from(`.deep-${process.hrtime.bigint()}-${moved++}`)));
    } else {
      const child = openClosed(path);
      try {
        moved += empty(child, topFd, depth + 1);
      } finally {
        closeSync(child);
      }
      rmdirSync(path);
    }
  }
  return moved;
}

/** Opens a folder, and opens it up for its owner if need be. */
function openClosed(path: Buffer): number {
  const name = openSync(path, nameOnlyFlags | openFolderFlags);
  try {
    if (process.geteuid?.() !== 0) chmodSync(pathOf(name), 0o700);
  } finally {
    closeSync(name);
  }
  return openSync(path, openFolderFlags);
}
