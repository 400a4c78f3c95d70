import { type Progress, Turns } from '@om-ops/kit';
import type { Capped, Junk, JunkCategory } from '../analysis.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { realPath } from '../paths/real.ts';
import type { Tree } from '../walk/tree.ts';
import { type JunkWithFacts, withEvidence } from './evidence.ts';
import { type FoundJunk, findJunk } from './find.ts';
import { type OpenPaths, processPaths } from './in-use.ts';
import { lookAround } from './surroundings.ts';
import {
  gitIgnoredPaths,
  gitTrackedPaths,
  type IgnoredPaths,
  type TrackedPaths,
} from './tracked.ts';

export interface JunkOptions {
  largeBytes: number;
  now: Date;
  /** Folders that the site is served or run from; absolute. */
  deployed?: readonly string[];
  /** Folders that must stay, whatever may go of what lies in them; absolute. */
  kept?: readonly string[];
  /** Default: git. */
  tracked?: TrackedPaths;
  /** Default: git. */
  ignored?: IgnoredPaths;
  /** Default: /proc. */
  openPaths?: OpenPaths;
}

export interface JunkReport {
  junk: Junk;
  /** With what the recommendations need to know. */
  items: JunkWithFacts[];
  /** Paths of pnpm stores. */
  stores: string[];
  capped: Capped[];
  found: FoundJunk;
}

const itemsKept = 20_000;

/** @throws OpsError E_INTERRUPTED */
export async function reportJunk(
  tree: Tree,
  { links, sums }: Pick<Inventory, 'links' | 'sums'>,
  options: JunkOptions,
  progress: Progress,
): Promise<JunkReport> {
  const pace = new Turns(progress);
  const found = await findJunk(tree, links, sums, options.largeBytes, pace);
  const root = realPath(tree.folderPath(0));
  const surroundings = lookAround(tree, found, root);
  await pace.turn();
  progress.report({ stage: 'gathering evidence' });
  const uses =
    found.findings.length === 0
      ? { paths: [], hidden: [], isComplete: true }
      : await (options.openPaths ?? processPaths)(root, pace);
  const items = await withEvidence(
    tree,
    found,
    {
      surroundings,
      uses,
      tracked: options.tracked ?? gitTrackedPaths,
      ignored: options.ignored ?? gitIgnoredPaths,
      deployed: options.deployed ?? [],
      kept: options.kept ?? [],
      now: options.now,
    },
    progress.signal,
    pace,
  );
  const { bytes, diskBytes, reclaimableBytes } = found;
  return {
    found,
    junk: {
      bytes,
      diskBytes,
      reclaimableBytes,
      files: items.reduce((total, { item }) => total + item.files, 0),
      categories: categoriesOf(items),
      items: items.slice(0, itemsKept).map(({ item }) => item),
    },
    items,
    stores: surroundings.stores.map((folder) => tree.folderPath(folder)),
    capped:
      items.length > itemsKept
        ? [{ key: 'junk.items', shown: itemsKept, total: items.length }]
        : [],
  };
}

function categoriesOf(items: readonly JunkWithFacts[]): Junk['categories'] {
  const rows = new Map<JunkCategory, Junk['categories'][number]>();
  for (const { item } of items) {
    const row = rows.get(item.category) ?? {
      category: item.category,
      items: 0,
      files: 0,
      bytes: 0,
    };
    row.items += 1;
    row.files += item.files;
    row.bytes += item.bytes;
    rows.set(item.category, row);
  }
  return [...rows.values()].sort((one, another) => another.bytes - one.bytes);
}
