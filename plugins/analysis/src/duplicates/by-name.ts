import type { Turns } from '@om-ops/kit';
import { Groups, numberHash } from '../groups.ts';
import { regular } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';

/** Quick mode: rows of files with the same name and size, one row per inode, empty files left out. */
export async function groupByName(
  tree: Tree,
  isFurther: Uint8Array | undefined,
  pace: Turns,
): Promise<number[][]> {
  const { files } = tree;
  const groups = new Groups(
    files.count,
    (row) => files.nameHash[row]! ^ numberHash(files.size[row]!),
    (one, another) => files.size[one] === files.size[another] && tree.isNamesake(one, another),
  );
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0x3fff) === 0) await pace.turn();
    if (files.kind[row] === regular && files.size[row]! > 0 && isFurther?.[row] !== 1)
      groups.add(row);
  }
  return groups.withCompany();
}
