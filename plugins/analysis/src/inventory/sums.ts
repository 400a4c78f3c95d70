import type { Turns } from '@om-ops/kit';
import { regular } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';
import { type Links, linkedInodes } from './links.ts';

export const blockBytes = 512;

/**
 * Per folder, of all that is below it and itself: the numbers `du` prints when it is asked for that
 * folder alone. An inode with several names below it counts once.
 */
export interface Sums {
  bytes: Float64Array;
  diskBytes: Float64Array;
  /** Of `diskBytes`, what removing the folder frees: not what has names outside of it. */
  reclaimableBytes: Float64Array;
  files: Float64Array;
  /** The newest file, in milliseconds; 0 when there is none. */
  newest: Float64Array;
}

export async function sumFolders(tree: Tree, links: Links, pace: Turns): Promise<Sums> {
  const { folders, files } = tree;
  const { count } = folders;
  const sums: Sums = {
    bytes: folders.size.slice(),
    diskBytes: folders.blocks.map((blocks) => blocks * blockBytes),
    reclaimableBytes: folders.blocks.map((blocks) => blocks * blockBytes),
    files: new Float64Array(count),
    newest: new Float64Array(count),
  };
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0xffff) === 0) await pace.turn();
    const folder = files.folder[row]!;
    if (files.kind[row] === regular) sums.files[folder]! += 1;
    if (files.modified[row]! > sums.newest[folder]!) sums.newest[folder] = files.modified[row]!;
    if (files.links[row]! > 1) continue;
    const disk = files.blocks[row]! * blockBytes;
    sums.bytes[folder]! += files.size[row]!;
    sums.diskBytes[folder]! += disk;
    sums.reclaimableBytes[folder]! += disk;
  }
  for (const rows of linkedInodes(links)) {
    addLinked(tree, sums, rows);
    if (pace.isDue) await pace.turn();
  }
  for (let folder = count - 1; folder > 0; folder -= 1) {
    const parent = folders.parent[folder]!;
    sums.bytes[parent]! += sums.bytes[folder]!;
    sums.diskBytes[parent]! += sums.diskBytes[folder]!;
    sums.reclaimableBytes[parent]! += sums.reclaimableBytes[folder]!;
    sums.files[parent]! += sums.files[folder]!;
    if (sums.newest[folder]! > sums.newest[parent]!) sums.newest[parent] = sums.newest[folder]!;
  }
  return sums;
}

/**
 * Adds an inode to every folder that has one of its names, and takes it off where two of them meet:
 * summed up, each folder above any of the names has it once.
 */
function addLinked(tree: Tree, sums: Sums, rows: Uint32Array): void {
  const { files } = tree;
  const first = rows[0]!;
  const size = files.size[first]!;
  const disk = files.blocks[first]! * blockBytes;
  let before = -1;
  for (const row of rows) {
    const folder = files.folder[row]!;
    if (folder === before) continue;
    sums.bytes[folder]! += size;
    sums.diskBytes[folder]! += disk;
    if (before >= 0) {
      const common = tree.commonFolder(before, folder);
      sums.bytes[common]! -= size;
      sums.diskBytes[common]! -= disk;
    }
    before = folder;
  }
  if (rows.length >= files.links[first]!)
    sums.reclaimableBytes[tree.commonFolder(files.folder[first]!, before)]! += disk;
}
