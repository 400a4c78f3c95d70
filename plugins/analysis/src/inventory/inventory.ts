import { fitsDate, isoOrNull, type Progress, Turns } from '@om-ops/kit';
import type { Capped, Count, DirectoryRow, FileRow, Stale, Totals, TypeRow } from '../analysis.ts';
import { regular, symlink } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';
import { findLinks, type Links } from './links.ts';
import { Rows } from './rows.ts';
import { type Sums, sumFolders } from './sums.ts';
import { largestBy } from './top.ts';

export interface InventoryOptions {
  now: Date;
  staleDays: number;
  /** How long each list gets. Default 1000. */
  listed?: number;
}

export interface Inventory {
  totals: Totals;
  largestFiles: FileRow[];
  largestDirectories: DirectoryRow[];
  types: TypeRow[];
  recent: { '24h': Count; '7d': Count; '30d': Count };
  recentFiles: FileRow[];
  stale: Stale;
  capped: Capped[];
  links: Links;
  sums: Sums;
}

const dayMs = 86_400_000;
const listedByDefault = 1000;

/** Everything about a tree that sizes and times tell. */
export async function takeInventory(
  tree: Tree,
  { now, staleDays, listed = listedByDefault }: InventoryOptions,
  progress: Progress,
): Promise<Inventory> {
  const pace = new Turns(progress);
  const links = await findLinks(tree, pace);
  const sums = await sumFolders(tree, links, pace);
  const { files, folders } = tree;
  const { size, modified } = files;
  const isFurther = links.isFurther ?? new Uint8Array(files.count);

  const tie = (one: number, another: number): boolean => tree.compareFiles(one, another) < 0;
  const bytesOf = (row: number): number => size[row]!;
  const inodes = new Rows(files.count);
  const staleInodes = new Rows(files.count);
  const staleRows = new Rows(files.count);
  const recentRows = new Rows(files.count);

  const begin = now.getTime();
  const limits = [begin - dayMs, begin - 7 * dayMs, begin - 30 * dayMs] as const;
  const recent = [emptyCount(), emptyCount(), emptyCount()] as const;
  const staleBefore = begin - staleDays * dayMs;
  const stale = emptyCount();
  const typeFiles = new Float64Array(files.extensions.length);
  const typeBytes = new Float64Array(files.extensions.length);
  let regularFiles = 0;
  let symlinks = 0;
  let otherBytes = 0;
  let hardLinks = 0;
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0xffff) === 0) await pace.turn();
    const kind = files.kind[row]!;
    if (kind !== regular) {
      if (kind === symlink) symlinks += 1;
      else if (isFurther[row] === 0) otherBytes += size[row]!;
      continue;
    }
    regularFiles += 1;
    const bytes = isFurther[row] === 0 ? size[row]! : 0;
    if (isFurther[row] === 0) inodes.add(row);
    else hardLinks += 1;
    const extension = files.extension[row]!;
    typeFiles[extension]! += 1;
    typeBytes[extension]! += bytes;
    const time = modified[row]!;
    if (!fitsDate(time)) continue;
    if (time < staleBefore) {
      add(stale, bytes);
      staleRows.add(row);
      if (isFurther[row] === 0) staleInodes.add(row);
    }
    if (time >= limits[2]) {
      recentRows.add(row);
      add(recent[2], bytes);
      if (time >= limits[1]) add(recent[1], bytes);
      if (time >= limits[0]) add(recent[0], bytes);
    }
  }

  await pace.turn();
  let folderBytes = 0;
  for (let folder = 0; folder < folders.count; folder += 1) folderBytes += folders.size[folder]!;

  const fileRow = (row: number): FileRow => ({
    path: tree.filePath(row),
    bytes: size[row]!,
    modified: isoOrNull(modified[row]!),
  });
  const lists = {
    largestFiles: largestBy(inodes.all(), listed, bytesOf, tie).map(fileRow),
    recentFiles: largestBy(recentRows.all(), listed, (row) => modified[row]!, tie).map(fileRow),
    oldest: largestBy(staleRows.all(), listed, (row) => -modified[row]!, tie).map(fileRow),
    largest: largestBy(staleInodes.all(), listed, bytesOf, tie).map(fileRow),
    largestDirectories: largestBy(
      Array.from({ length: folders.count }, (_, folder) => folder),
      listed,
      (folder) => sums.bytes[folder]!,
      (one, another) => one < another,
    ).map((folder) => ({
      path: tree.folderPath(folder),
      bytes: sums.bytes[folder]!,
      diskBytes: sums.diskBytes[folder]!,
      reclaimableBytes: sums.reclaimableBytes[folder]!,
      files: sums.files[folder]!,
    })),
  };
  const capped = (key: string, shown: number, total: number): Capped[] =>
    shown < total ? [{ key, shown, total }] : [];
  return {
    totals: {
      files: regularFiles,
      directories: folders.count,
      symlinks,
      others: files.count - regularFiles - symlinks,
      bytes: sums.bytes[0]!,
      fileBytes: sums.bytes[0]! - folderBytes - otherBytes,
      diskBytes: sums.diskBytes[0]!,
      reclaimableBytes: sums.reclaimableBytes[0]!,
      hardLinks,
    },
    largestFiles: lists.largestFiles,
    largestDirectories: lists.largestDirectories,
    types: typeRows(files.extensions, typeFiles, typeBytes),
    recent: { '24h': recent[0], '7d': recent[1], '30d': recent[2] },
    recentFiles: lists.recentFiles,
    stale: { days: staleDays, ...stale, oldest: lists.oldest, largest: lists.largest },
    capped: [
      ...capped('largestFiles', lists.largestFiles.length, regularFiles - hardLinks),
      ...capped('largestDirectories', lists.largestDirectories.length, folders.count),
      ...capped('recentFiles', lists.recentFiles.length, recent[2].files),
      ...capped('stale.oldest', lists.oldest.length, stale.files),
      ...capped('stale.largest', lists.largest.length, stale.files),
    ],
    links,
    sums,
  };
}

function emptyCount(): Count {
  return { files: 0, bytes: 0 };
}

function add(count: Count, bytes: number): void {
  count.files += 1;
  count.bytes += bytes;
}

function typeRows(extensions: string[], files: Float64Array, bytes: Float64Array): TypeRow[] {
  return extensions
    .map((extension, at) => ({ extension, files: files[at]!, bytes: bytes[at]! }))
    .filter((row) => row.files > 0)
    .sort(
      (one, another) =>
        another.bytes - one.bytes ||
        another.files - one.files ||
        (one.extension < another.extension ? -1 : 1),
    );
}
