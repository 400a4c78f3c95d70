import type { Turns } from '@om-ops/kit';
import { Groups, numberHash } from '../groups.ts';
import type { Tree } from '../walk/tree.ts';

/** Files with several names. Those without are not in here, and most trees have none. */
export interface Links {
  /** Rows of the files, those of one inode next to each other, in the order of their paths. */
  rows: Uint32Array;
  /** Where each inode's rows begin, and the end of the last. */
  starts: number[];
  /** 1 for every name of an inode but its first; undefined when there are none at all. */
  isFurther: Uint8Array | undefined;
}

/** Finds which rows are names of the same inode. */
export async function findLinks(tree: Tree, pace: Turns): Promise<Links> {
  const { files } = tree;
  // A file that is mounted over another has one name and is seen at two paths all the same.
  if (tree.mounts.inside.length > 0) await markRepeated(tree, pace);
  const linked: number[] = [];
  for (let row = 0; row < files.count; row += 1) if (files.links[row]! > 1) linked.push(row);
  if (linked.length === 0) return { rows: new Uint32Array(), starts: [0], isFurther: undefined };
  await pace.turn();
  const { device, inode } = files;
  const rows = Uint32Array.from(linked).sort(
    (one, another) =>
      device[one]! - device[another]! ||
      inode[one]! - inode[another]! ||
      tree.compareFiles(one, another),
  );
  await pace.turn();
  const starts: number[] = [];
  const isFurther = new Uint8Array(files.count);
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at]!;
    const before = rows[at - 1];
    if (before !== undefined && inode[before] === inode[row] && device[before] === device[row])
      isFurther[row] = 1;
    else starts.push(at);
  }
  starts.push(rows.length);
  return { rows, starts, isFurther };
}

/** Gives what is seen more often than it has names a name more than that: removing all of them frees nothing. */
async function markRepeated({ files }: Tree, pace: Turns): Promise<void> {
  const { inode, device, links } = files;
  const inodes = new Groups(
    files.count,
    (row) => numberHash(inode[row]!),
    (one, another) => inode[one] === inode[another] && device[one] === device[another],
  );
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0xffff) === 0) await pace.turn();
    inodes.add(row);
  }
  for (const rows of inodes.withCompany())
    if (rows.length > links[rows[0]!]!) for (const row of rows) links[row] = rows.length + 1;
}

/** The rows of each inode that has several names. */
export function* linkedInodes({ rows, starts }: Links): Generator<Uint32Array> {
  for (let at = 0; at + 1 < starts.length; at += 1)
    yield rows.subarray(starts[at]!, starts[at + 1]!);
}
