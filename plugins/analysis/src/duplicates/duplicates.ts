import { type Progress, Turns } from '@om-ops/kit';
import type { DedupeMode, DuplicateGroup, Duplicates, Skipped } from '../analysis.ts';
import { type Links, linkedInodes } from '../inventory/links.ts';
import { blockBytes } from '../inventory/sums.ts';
import type { Tree } from '../walk/tree.ts';
import { groupByContent } from './by-content.ts';
import { groupByName } from './by-name.ts';

export interface DuplicatesOptions {
  mode: DedupeMode;
  maxHashMb: number;
  now: Date;
  cachePath?: string;
  threads?: number;
}

export interface FoundDuplicates {
  duplicates: Duplicates;
  /** For each path of the group with this index, what removing it frees on the disk. */
  freedBytes: (group: number) => number[];
  skipped: Skipped[];
  skippedCount: number;
}

export const mebibyte = 1024 * 1024;

/**
 * Groups of files that are the same: by name and size, or by content. Names of one inode are one
 * file; empty files are none.
 *
 * @throws OpsError E_INTERRUPTED
 */
export async function findDuplicates(
  tree: Tree,
  links: Links,
  { mode, maxHashMb, ...rest }: DuplicatesOptions,
  progress: Progress,
): Promise<FoundDuplicates> {
  const pace = new Turns(progress);
  if (mode === 'quick') {
    const groups = await groupByName(tree, links.isFurther, pace);
    const { freedBytes, ...described } = await describe(
      tree,
      links,
      groups.map((rows) => ({ rows })),
      pace,
    );
    return {
      duplicates: { mode, ...described, notHashed: { files: 0, bytes: 0 } },
      freedBytes,
      skipped: [],
      skippedCount: 0,
    };
  }
  const found = await groupByContent(
    tree,
    links.isFurther,
    { maxBytes: maxHashMb * mebibyte, ...rest },
    progress,
  );
  const { freedBytes, ...described } = await describe(tree, links, found.groups, pace);
  const { notHashed, hashes, skipped, skippedCount } = found;
  return {
    duplicates: { mode, ...described, notHashed, hashes },
    freedBytes,
    skipped,
    skippedCount,
  };
}

interface Described
  extends Pick<Duplicates, 'groups' | 'wastedBytes' | 'groupCount' | 'pathCount'>,
    Pick<FoundDuplicates, 'freedBytes'> {}

/** What is freed at least when all but one are removed, whichever stays. */
export function freedByAllButOne(freed: readonly number[]): number {
  let total = 0;
  let most = 0;
  for (const bytes of freed) {
    total += bytes;
    if (bytes > most) most = bytes;
  }
  return total - most;
}

async function describe(
  tree: Tree,
  links: Links,
  found: readonly { rows: number[]; hash?: string }[],
  pace: Turns,
): Promise<Described> {
  const { size, blocks, links: nameCounts } = tree.files;
  const namesOf = new Map<number, Uint32Array>();
  for (const rows of linkedInodes(links)) if (rows.length > 1) namesOf.set(rows[0]!, rows);
  // A file with holes takes less than its size; one with names elsewhere stays whatever is removed here.
  const freed = (row: number): number =>
    nameCounts[row]! > (namesOf.get(row)?.length ?? 1) ? 0 : blocks[row]! * blockBytes;
  const waste = new Map(found.map((group) => [group, freedByAllButOne(group.rows.map(freed))]));
  for (const [at, { rows }] of found.entries()) {
    if ((at & 0xfff) === 0) await pace.turn();
    rows.sort((one, another) => tree.compareFiles(one, another));
  }
  const sorted = [...found].sort(
    (one, another) =>
      waste.get(another)! - waste.get(one)! || tree.compareFiles(one.rows[0]!, another.rows[0]!),
  );
  const groups: DuplicateGroup[] = [];
  let wastedBytes = 0;
  let pathCount = 0;
  for (const group of sorted) {
    if ((groups.length & 0xfff) === 0) await pace.turn();
    const { rows, hash } = group;
    const wasted = waste.get(group)!;
    wastedBytes += wasted;
    pathCount += rows.length;
    const links =
      namesOf.size === 0
        ? []
        : rows.flatMap((row) => Array.from(namesOf.get(row)?.subarray(1) ?? []));
    groups.push({
      bytes: size[rows[0]!]!,
      ...(hash === undefined ? {} : { hash }),
      wastedBytes: wasted,
      paths: rows.map((row) => tree.filePath(row)),
      ...(links.length === 0 ? {} : { links: links.map((row) => tree.filePath(row)) }),
    });
  }
  return {
    groups,
    wastedBytes,
    groupCount: groups.length,
    pathCount,
    freedBytes: (group) => sorted[group]!.rows.map(freed),
  };
}
