import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OpsError } from '@om-ops/kit';
import { formatBytes } from '@om-ops/kit/text';

/** What something takes on a disk, in bytes: certainly no less than `low`. */
export interface RoomNeeded {
  low: number;
  likely: number;
}

export interface Room {
  freeBytes: number;
  /** The file system compresses what is written to it, or may. */
  mayCompress: boolean;
}

/** ext2 to ext4, XFS and tmpfs keep every byte. */
const plainFileSystems: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x01021994]);

/** The room where a path is, or where it would be made. */
export async function roomAt(path: string): Promise<Room> {
  let at = path;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  const { bavail, bfree, bsize, type } = await statfs(at);
  // What is kept back for root is there for root.
  const blocks = process.geteuid?.() === 0 ? bfree : bavail;
  return { freeBytes: blocks * bsize, mayCompress: !plainFileSystems.has(type) };
}

/** A disk is full in practice before its last byte. */
const enough = 1.1;

export interface RoomAsked extends RoomNeeded {
  /** `back up images`. */
  doing: string;
  /** Where. */
  path: string;
  suggestions: readonly string[];
}

/**
 * What to say of a disk that is likely too small; undefined when there is enough. An estimate refuses
 * nothing that might fit: only what certainly does not.
 */
export function roomDoubt(
  { doing, path, likely }: Omit<RoomAsked, 'low' | 'suggestions'>,
  { freeBytes }: Room,
): string | undefined {
  return likely * enough > freeBytes
    ? `To ${doing} takes some ${formatBytes(likely)} in ${path}, and ${formatBytes(freeBytes)} are free there: it may not fit.`
    : undefined;
}

/** @throws OpsError E_DISK_FULL when it certainly does not fit */
export function assertRoom(
  { doing, path, low, likely, suggestions }: RoomAsked,
  { freeBytes }: Room,
): void {
  if (low <= freeBytes) return;
  throw new OpsError(
    'E_DISK_FULL',
    `Cannot ${doing}: it takes some ${formatBytes(likely)} in ${path}, and ${formatBytes(freeBytes)} are free there. Nothing was written.`,
    { suggestions },
  );
}
