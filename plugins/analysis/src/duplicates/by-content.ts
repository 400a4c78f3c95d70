import { messageOf, type Progress, Turns } from '@om-ops/kit';
import type { Count, Skipped } from '../analysis.ts';
import type { Tree } from '../walk/tree.ts';
import { HashCache } from './cache.ts';
import { candidatesOf } from './candidates.ts';
import { Comparison } from './comparison.ts';
import { HashCrew } from './crew.ts';
import { emptyHashes, type HashColumns } from './hash-file.ts';
import { digestBytes } from './tasks.ts';

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

// The kernel's clock for times of files moves in steps of up to 10 ms.
const clockStepMs = 50;

/**
 * Full mode: files of the same size, then with the same last bytes (large ones: first and last), then with the same
 * content and so the same SHA-256. What was read before and has not changed is not read again.
 *
 * @throws OpsError E_INTERRUPTED
 */
export async function groupByContent(
  tree: Tree,
  isFurther: Uint8Array | undefined,
  options: ContentOptions,
  progress: Progress,
): Promise<ContentGroups> {
  const pace = new Turns(progress);
  const { rows, bySize, sizeEnds, notHashed } = await candidatesOf(
    tree,
    isFurther,
    options.maxBytes,
    pace,
  );
  const files = columnsOf(tree, rows);
  const cache = options.cachePath === undefined ? undefined : new HashCache(options.cachePath);
  cache?.fill(files, options.now);
  const fromCache = files.hasHead.reduce((total, hasHead) => total + hasHead, 0);
  await using crew = new HashCrew(progress.signal, options.threads);
  crew.call(files.count - fromCache);
  const comparison = new Comparison(tree, rows, files, crew, pace, progress);
  await comparison.readEnds(bySize, sizeEnds);
  await comparison.readContents();
  const same = await comparison.same();
  await pace.turn();
  await cache
    ?.save(files, options.now, options.now.getTime() - clockStepMs)
    .catch((error: unknown) => progress.warn(`The hashes could not be kept: ${messageOf(error)}`));
  const { skipped, skippedCount, read, bytesRead } = comparison;
  const { buffer, byteOffset } = files.digest;
  return {
    groups: same.map((items) => ({
      rows: items.map((item) => rows[item]!),
      hash: Buffer.from(buffer, byteOffset + items[0]! * digestBytes, digestBytes).toString('hex'),
    })),
    notHashed,
    skipped,
    skippedCount,
    hashes: { read, fromCache, bytesRead },
  };
}

function columnsOf(tree: Tree, rows: Uint32Array): HashColumns {
  const { files } = tree;
  const columns = emptyHashes(rows.length, files.devices);
  for (let item = 0; item < rows.length; item += 1) {
    const row = rows[item]!;
    columns.inode[item] = files.inode[row]!;
    columns.size[item] = files.size[row]!;
    columns.modified[item] = files.modified[row]!;
    columns.changed[item] = files.changed[row]!;
    columns.device[item] = files.device[row]!;
  }
  return columns;
}
