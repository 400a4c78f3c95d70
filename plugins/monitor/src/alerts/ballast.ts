import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync } from 'node:fs';
import { isThere, writeFileAtomicSync } from '@om-ops/kit';

const ballastBytes = 1024 * 1024;
/** What has to be free before room is taken that nobody needs yet. */
const enoughFree = 64 * ballastBytes;

/** Takes room while there is plenty, to be given away when the disk is full. Never throws. */
export function keepBallast(path: string): void {
  try {
    if (isThere(path)) return;
    const { bavail, bsize } = statfsSync(path.slice(0, path.lastIndexOf('/')));
    // Random, or a file system that compresses would take none.
    if (bavail * bsize > enoughFree)
      writeFileAtomicSync(path, randomBytes(ballastBytes), { sync: false });
  } catch {
    // What is only there for bad days must not be what goes wrong on a good one.
  }
}

/** Frees the room that was kept. False: there was none. */
export function giveBallast(path: string): boolean {
  try {
    if (!isThere(path)) return false;
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}
