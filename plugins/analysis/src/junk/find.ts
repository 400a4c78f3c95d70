import type { Turns } from '@om-ops/kit';
import type { JunkCategory } from '../analysis.ts';
import { type Links, linkedInodes } from '../inventory/links.ts';
import { blockBytes, type Sums } from '../inventory/sums.ts';
import { regular } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';
import { extensionCategory, folderCategory } from './categories.ts';

/** One finding, before its evidence was gathered. Either `row` or `folder` says what it is. */
export interface JunkFinding {
  category: JunkCategory;
  /** The junk folder, or the folder of the junk file. */
  folder: number;
  /** The junk file; undefined for a folder. */
  row: number | undefined;
  bytes: number;
  diskBytes: number;
  reclaimableBytes: number;
  files: number;
  /** The newest file, in milliseconds. */
  modified: number;
}

export interface FoundJunk {
  findings: JunkFinding[];
  /** For each folder the finding it lies in, or -1. */
  findingOf: Int32Array;
  /** Of all findings, each inode once. */
  bytes: number;
  diskBytes: number;
  reclaimableBytes: number;
}

/** Finds the outermost junk. What lies in a junk folder is part of that, whatever it is itself. */
export async function findJunk(
  tree: Tree,
  links: Links,
  sums: Sums,
  largeBytes: number,
  pace: Turns,
): Promise<FoundJunk> {
  const { findings, findingOf } = junkFolders(tree, sums);
  const { files } = tree;
  const categories = files.extensions.map(extensionCategory);
  const findingOfFile = new Map<number, number>();
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0xffff) === 0) await pace.turn();
    const byExtension = categories[files.extension[row]!];
    if (byExtension === undefined && files.size[row]! <= largeBytes) continue;
    if (files.kind[row] !== regular || findingOf[files.folder[row]!]! >= 0) continue;
    const category =
      byExtension === 'archive-if-tar'
        ? isTar(tree, row)
          ? 'backup-archive'
          : undefined
        : byExtension;
    if (category === undefined && files.size[row]! <= largeBytes) continue;
    const diskBytes = files.blocks[row]! * blockBytes;
    if (files.links[row]! > 1) findingOfFile.set(row, findings.length);
    findings.push({
      category: category ?? 'large-file',
      folder: files.folder[row]!,
      row,
      bytes: files.size[row]!,
      diskBytes,
      reclaimableBytes: files.links[row]! > 1 ? 0 : diskBytes,
      files: 1,
      modified: files.modified[row]!,
    });
  }
  const total = {
    bytes: sum(findings, ({ bytes }) => bytes),
    diskBytes: sum(findings, ({ diskBytes }) => diskBytes),
    reclaimableBytes: sum(findings, ({ reclaimableBytes }) => reclaimableBytes),
  };
  for (const rows of linkedInodes(links)) {
    if (pace.isDue) await pace.turn();
    const holders = new Set<number>();
    for (const row of rows) {
      const finding = findingOfFile.get(row) ?? findingOf[files.folder[row]!]!;
      holders.add(finding);
    }
    const first = rows[0]!;
    const disk = files.blocks[first]! * blockBytes;
    const isAllJunk = !holders.delete(-1) && rows.length >= files.links[first]!;
    if (holders.size < 2) continue;
    total.bytes -= (holders.size - 1) * files.size[first]!;
    total.diskBytes -= (holders.size - 1) * disk;
    // Each finding alone frees nothing of it; all of them together do.
    if (isAllJunk) total.reclaimableBytes += disk;
  }
  return { findings, findingOf, ...total };
}

function junkFolders(tree: Tree, sums: Sums): Pick<FoundJunk, 'findings' | 'findingOf'> {
  const { folders } = tree;
  const findingOf = new Int32Array(folders.count).fill(-1);
  const findings: JunkFinding[] = [];
  for (let folder = 1; folder < folders.count; folder += 1) {
    const category = folderCategory(folders.names[folder]!);
    if (category === undefined) continue;
    const end = folders.end[folder]!;
    findingOf.fill(findings.length, folder, end);
    findings.push({
      category,
      folder,
      row: undefined,
      bytes: sums.bytes[folder]!,
      diskBytes: sums.diskBytes[folder]!,
      reclaimableBytes: sums.reclaimableBytes[folder]!,
      files: sums.files[folder]!,
      modified: sums.newest[folder]! || folders.modified[folder]!,
    });
    folder = end - 1;
  }
  return { findings, findingOf };
}

function isTar(tree: Tree, row: number): boolean {
  return /\.tar\.[^.]+$/i.test(tree.fileName(row));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
