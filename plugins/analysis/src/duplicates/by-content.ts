import type { Progress } from '@om-ops/kit';
import type { Count, Skipped } from '../analysis.ts';
import { Pace } from '../pace.ts';
import { pathBytes } from '../paths/escape.ts';
import { regular } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';
import { HashCache } from './cache.ts';
import { HashCrew } from './crew.ts';
import { Groups, sizeHash } from './groups.ts';
import { emptyHashes, type HashColumns, headBytes } from './hash-file.ts';
import { smallBytes } from './hashing.ts';
import { changed, digestBytes, done, forbidden, HashTasks, pending, vanished } from './tasks.ts';

export interface ContentOptions {
  /** Larger files are not compared. */
  maxBytes: number;
  /** When the walk began. */
  now: Date;
  /** Where hashes are kept from run to run. Default: nowhere. */
  cachePath?: string;
  threads?: number;
}

export interface ContentGroups {
  /** Rows of files with the same content, one row per inode, with the SHA-256 they share. */
  groups: { rows: number[]; hash: string }[];
  notHashed: Count;
  skipped: Skipped[];
  skippedCount: number;
  hashes: { read: number; fromCache: number; bytesRead: number };
}

const reasons: Record<number, Skipped['reason']> = {
  [changed]: 'changed',
  [vanished]: 'vanished',
  [forbidden]: 'permission denied',
};
const endsBytes = 8192;
const tasksPerBatch = 100_000;
const skippedKept = 1000;
// The kernel's clock for times of files moves in steps of up to 10 ms.
const clockStepMs = 50;

/**
 * Full mode: files of the same size, then with the same first and last bytes, then with the same
 * SHA-256. What was read before and has not changed since is not read again.
 *
 * @throws OpsError E_INTERRUPTED
 */
export async function groupByContent(
  tree: Tree,
  isFurther: Uint8Array | undefined,
  options: ContentOptions,
  progress: Progress,
): Promise<ContentGroups> {
  const pace = new Pace(progress);
  const { rows, notHashed } = await rowsOfSharedSize(tree, isFurther, options.maxBytes, pace);
  const files = columnsOf(tree, rows);
  const cache = options.cachePath === undefined ? undefined : new HashCache(options.cachePath);
  cache?.fill(files, options.now);
  const fromCache = files.isWhole.reduce((total, isWhole) => total + isWhole, 0);
  await using crew = new HashCrew(progress.signal, options.threads);
  const comparison = new Comparison(tree, rows, files, crew, pace, progress);
  await comparison.hashBeginnings();
  await comparison.hashRest();
  const groups = await comparison.groups();
  await pace.turn();
  await cache
    ?.save(files, options.now, options.now.getTime() - clockStepMs)
    .catch((error: unknown) => progress.warn(`The hashes could not be kept: ${String(error)}`));
  const { skipped, skippedCount, read, bytesRead } = comparison;
  return { groups, notHashed, skipped, skippedCount, hashes: { read, fromCache, bytesRead } };
}

/** The files of one analysis that share their size with another, on the way to their hashes. */
class Comparison {
  readonly skipped: Skipped[] = [];
  skippedCount = 0;
  read = 0;
  bytesRead = 0;
  readonly #tree: Tree;
  readonly #rows: Uint32Array;
  readonly #files: HashColumns;
  readonly #isLost: Uint8Array;
  readonly #crew: HashCrew;
  readonly #pace: Pace;
  readonly #progress: Progress;

  constructor(
    tree: Tree,
    rows: Uint32Array,
    files: HashColumns,
    crew: HashCrew,
    pace: Pace,
    progress: Progress,
  ) {
    this.#tree = tree;
    this.#rows = rows;
    this.#files = files;
    this.#isLost = new Uint8Array(rows.length);
    this.#crew = crew;
    this.#pace = pace;
    this.#progress = progress;
  }

  /** Small files whole, of the others the ends. */
  async hashBeginnings(): Promise<void> {
    const { count, size, isWhole, hasHead } = this.#files;
    const items: number[] = [];
    for (let item = 0; item < count; item += 1)
      if (size[item]! <= smallBytes ? isWhole[item] === 0 : hasHead[item] === 0) items.push(item);
    const bytesOf = (item: number): number => Math.min(size[item]!, endsBytes * 2);
    await this.#hash(items, false, 'comparing beginnings', bytesOf);
  }

  /** The larger files whose ends are those of another. */
  async hashRest(): Promise<void> {
    const { count, size, isWhole, head } = this.#files;
    const heads = new DataView(head.buffer, head.byteOffset);
    const word = (item: number, at: number): number => heads.getUint32(item * headBytes + at, true);
    const groups = new Groups(
      count,
      (item) => word(item, 0),
      (one, another) =>
        size[one] === size[another] &&
        word(one, 0) === word(another, 0) &&
        word(one, 4) === word(another, 4),
    );
    for (let item = 0; item < count; item += 1)
      if (size[item]! > smallBytes && this.#isLost[item] === 0) groups.add(item);
    const items = groups
      .withCompany()
      .flat()
      .filter((item) => isWhole[item] === 0);
    // The largest first, so that no thread is left alone with one at the end.
    items.sort((one, another) => size[another]! - size[one]!);
    await this.#hash(items, true, 'comparing contents', (item) => size[item]!);
  }

  async groups(): Promise<ContentGroups['groups']> {
    const { count, size, isWhole, digest } = this.#files;
    const digests = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
    const groups = new Groups(
      count,
      (item) => digests.getUint32(item * digestBytes, true),
      (one, another) => {
        if (size[one] !== size[another]) return false;
        for (let at = 0; at < digestBytes; at += 4)
          if (
            digests.getInt32(one * digestBytes + at) !==
            digests.getInt32(another * digestBytes + at)
          )
            return false;
        return true;
      },
    );
    for (let item = 0; item < count; item += 1) {
      if ((item & 0x3fff) === 0) await this.#pace.turn();
      if (isWhole[item] === 1 && this.#isLost[item] === 0) groups.add(item);
    }
    return groups.withCompany().map((items) => ({
      rows: items.map((item) => this.#rows[item]!),
      hash: Buffer.from(
        digest.buffer,
        digest.byteOffset + items[0]! * digestBytes,
        digestBytes,
      ).toString('hex'),
    }));
  }

  async #hash(
    items: readonly number[],
    wholeFiles: boolean,
    stage: string,
    bytesOf: (item: number) => number,
  ): Promise<void> {
    const totalBytes = items.reduce((total, item) => total + bytesOf(item), 0);
    const totalFiles = items.length;
    const begin = this.bytesRead;
    for (let start = 0; start < items.length; start += tasksPerBatch) {
      const batch = items.slice(start, start + tasksPerBatch);
      const before = this.bytesRead;
      const tasks = HashTasks.create(
        batch.map((item) => this.#files.size[item]!),
        batch.map((item) => pathBytes(this.#tree.filePath(this.#rows[item]!))),
        this.#crew.threads,
        wholeFiles,
      );
      await this.#pace.turn();
      await this.#crew.hash(tasks, totalBytes, this.#pace, ({ files, bytes }) =>
        this.#progress.report({
          stage,
          files: start + files,
          totalFiles,
          bytes: before - begin + bytes,
          totalBytes,
        }),
      );
      this.bytesRead = before + tasks.read().bytes;
      this.read += batch.length;
      for (const [task, item] of batch.entries()) this.#take(tasks, task, item);
    }
  }

  #take(tasks: HashTasks, task: number, item: number): void {
    const state = tasks.states[task]!;
    if (state !== done) {
      this.#lose(item, state);
      return;
    }
    const from = task * digestBytes;
    if (!tasks.wholeFiles && this.#files.size[item]! > smallBytes) {
      this.#files.head.set(tasks.digests.subarray(from, from + headBytes), item * headBytes);
      this.#files.hasHead[item] = 1;
    } else {
      this.#files.digest.set(tasks.digests.subarray(from, from + digestBytes), item * digestBytes);
      this.#files.isWhole[item] = 1;
    }
  }

  #lose(item: number, state: number): void {
    this.#isLost[item] = 1;
    this.#files.isWhole[item] = 0;
    this.#files.hasHead[item] = 0;
    if (state === pending) return;
    this.skippedCount += 1;
    if (this.skipped.length >= skippedKept) return;
    const path = this.#tree.filePath(this.#rows[item]!);
    this.skipped.push({ path, reason: reasons[state] ?? 'unreadable' });
  }
}

async function rowsOfSharedSize(
  tree: Tree,
  isFurther: Uint8Array | undefined,
  maxBytes: number,
  pace: Pace,
): Promise<{ rows: Uint32Array; notHashed: Count }> {
  const { files } = tree;
  const { size } = files;
  const isSeen = (row: number): boolean =>
    files.kind[row] === regular && size[row]! > 0 && isFurther?.[row] !== 1;
  const sizes = new Groups(
    files.count,
    (row) => sizeHash(size[row]!),
    (one, another) => size[one] === size[another],
  );
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0x3fff) === 0) await pace.turn();
    if (isSeen(row)) sizes.add(row);
  }
  const shared = new Uint8Array(files.count);
  const notHashed: Count = { files: 0, bytes: 0 };
  for (const group of sizes.withCompany())
    for (const row of group) {
      if (size[row]! <= maxBytes) shared[row] = 1;
      else {
        notHashed.files += 1;
        notHashed.bytes += size[row]!;
      }
    }
  const rows: number[] = [];
  // In the order of the walk: files of a folder lie near each other on the disk.
  for (let row = 0; row < files.count; row += 1) if (shared[row] === 1) rows.push(row);
  return { rows: Uint32Array.from(rows), notHashed };
}

function columnsOf(tree: Tree, rows: Uint32Array): HashColumns {
  const { files } = tree;
  const columns = emptyHashes(rows.length, files.devices);
  for (const [item, row] of rows.entries()) {
    columns.inode[item] = files.inode[row]!;
    columns.size[item] = files.size[row]!;
    columns.modified[item] = files.modified[row]!;
    columns.changed[item] = files.changed[row]!;
    columns.device[item] = files.device[row]!;
  }
  return columns;
}
