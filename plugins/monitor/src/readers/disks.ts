import { statfs } from 'node:fs/promises';

/** The room of one file system; bytes. */
export interface Room {
  size: number;
  used: number;
  /** For others than root. */
  available: number;
  /** As df has it: of what others than root can have, rounded up. */
  percent: number;
  inodes: { size: number; used: number; percent: number } | null;
}

/** Null: it has no size, and so no room to run out of. @throws the system's error */
export async function readRoom(path: string): Promise<Room | null> {
  return roomOf(await statfs(path));
}

export interface StatFs {
  bsize: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
}

export function roomOf({ bsize, blocks, bfree, bavail, files, ffree }: StatFs): Room | null {
  if (blocks <= 0) return null;
  const used = (blocks - bfree) * bsize;
  const available = Math.max(0, bavail * bsize);
  return {
    size: blocks * bsize,
    used,
    available,
    percent: upwards(used, available),
    // btrfs has none to run out of.
    inodes:
      files > 0
        ? { size: files, used: files - ffree, percent: upwards(files - ffree, ffree) }
        : null,
  };
}

function upwards(used: number, left: number): number {
  return used + left === 0 ? 0 : Math.ceil((100 * used) / (used + left));
}
