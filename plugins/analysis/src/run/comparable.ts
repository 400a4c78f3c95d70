import type { Comparable } from '../analysis.ts';
import { Rows } from '../inventory/rows.ts';
import type { Sums } from '../inventory/sums.ts';
import { largestBy } from '../inventory/top.ts';
import type { FoundJunk } from '../junk/find.ts';
import { regular } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';

export interface ComparableLimits {
  directories: number;
  files: number;
}

const defaults: ComparableLimits = { directories: 20_000, files: 10_000 };
const levelsInJunk = 2;

/**
 * The sizes a later run is compared with: the largest folders and files, of junk only the upper two
 * levels of folders, and files of the uppermost.
 */
export function comparableOf(
  tree: Tree,
  sums: Sums,
  { findings, findingOf }: Pick<FoundJunk, 'findings' | 'findingOf'>,
  limits: ComparableLimits = defaults,
): Comparable {
  const { folders, files } = tree;
  const isInJunk = (folder: number, levels: number): boolean => {
    const finding = findingOf[folder]!;
    if (finding < 0) return false;
    const junk = findings[finding]!.folder;
    let at = folder;
    for (let level = 0; level < levels; level += 1) {
      if (at === junk) return false;
      at = folders.parent[at]!;
    }
    return true;
  };
  // A folder is never smaller than what is in it, and comes before it: parents of what is kept are kept.
  const someFolders: number[] = [];
  for (let folder = 0; folder < folders.count; folder += 1)
    if (!isInJunk(folder, levelsInJunk + 1)) someFolders.push(folder);
  const kept = largestBy(
    someFolders,
    limits.directories,
    (folder) => sums.bytes[folder]!,
    (one, another) => one < another,
  );
  const smallest = kept.at(-1)!;
  kept.sort((one, another) => one - another);
  const indexOf = new Map(kept.map((folder, index) => [folder, index]));
  const directories = kept.map((folder): Comparable['directories'][number] => [
    indexOf.get(folders.parent[folder]!)!,
    folders.names[folder]!,
    sums.bytes[folder]!,
    sums.files[folder]!,
  ]);

  const someFiles = new Rows(files.count);
  for (let row = 0; row < files.count; row += 1)
    if (files.kind[row] === regular && !isInJunk(files.folder[row]!, 1)) someFiles.add(row);
  const rows = largestBy(
    someFiles.all(),
    limits.files,
    (row) => files.size[row]!,
    (one, another) => tree.compareFiles(one, another) < 0,
  );
  return {
    directories,
    files: rows.map((row) => {
      let folder = files.folder[row]!;
      let name = tree.fileName(row);
      // Its folder may be one that is not kept: then it is named from the next above.
      for (; !indexOf.has(folder); folder = folders.parent[folder]!)
        name = `${folders.names[folder]!}/${name}`;
      return [indexOf.get(folder)!, name, files.size[row]!];
    }),
    directoriesFrom: kept.length < limits.directories ? 0 : sums.bytes[smallest]!,
    filesFrom: rows.length < limits.files ? 0 : files.size[rows.at(-1)!]!,
  };
}
