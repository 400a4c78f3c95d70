import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type BytesPath, bytesOf } from './tree/bytes-path.ts';
import type { TreeEntry } from './tree/walk.ts';

/** Makes a copy of a SQLite database that is of one moment, while others write to it. */
export interface DatabaseCopier {
  /**
   * Copies a database to a file of its own and returns its path.
   * @throws what SQLite or `fs` throws; `isNone` says that the file only looks like a database
   */
  copy(file: Buffer, signal: AbortSignal): Promise<string>;
  isNone(error: unknown): boolean;
  /** Removes a copy. */
  remove(copy: string): Promise<void>;
}

const head = Buffer.from('SQLite format 3\0');
/** Pages are so long at least, and files of whole pages. */
const smallestPage = 512n;
const companion = /-(?:wal|shm|journal)$/;
/** What SQLite puts behind the name of a database for what belongs to it. */
export const journalSuffixes = ['-wal', '-shm', '-journal'] as const;

/** Whether an open file begins as a SQLite database does. */
export function isDatabase(fd: number, size: bigint): boolean {
  if (!hasPages(size)) return false;
  const start = Buffer.alloc(head.length);
  return readSync(fd, start, 0, start.length, 0) === start.length && start.equals(head);
}

/** The same of the first bytes of one. */
export function startsAsDatabase(start: Buffer, size: number): boolean {
  return hasPages(BigInt(size)) && start.subarray(0, head.length).equals(head);
}

function hasPages(size: bigint): boolean {
  return size >= smallestPage && size % smallestPage === 0n;
}

/** The database that a `-wal`, `-shm` or `-journal` belongs to, if there is one beside it. */
export function databaseBeside({ path, access }: TreeEntry): BytesPath | undefined {
  const suffix = companion.exec(path)?.[0];
  if (suffix === undefined) return undefined;
  const place = Buffer.from(access);
  let fd: number;
  try {
    fd = openSync(place.subarray(0, place.length - suffix.length), 'r');
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    return stat.isFile() && isDatabase(fd, stat.size) ? path.slice(0, -suffix.length) : undefined;
  } finally {
    closeSync(fd);
  }
}

/** The path of something of a tree, for programs that need one. */
export function realPathOf(source: string, path: BytesPath): Buffer {
  return Buffer.concat([Buffer.from(`${source}/`), bytesOf(path)]);
}
