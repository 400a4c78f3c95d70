import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** So many are looked at in one upload folder, those nearest to it first. */
const most = 500;

/** Folders in a folder, at any depth. Links are not followed; hidden ones belong to other programs. */
export function foldersBelow(folder: string): string[] {
  const found: string[] = [];
  for (let queue = [folder]; queue.length > 0 && found.length < most; ) {
    const next = queue.flatMap((path) => foldersIn(path).map((name) => join(path, name)));
    found.push(...next);
    queue = next;
  }
  return found.slice(0, most);
}

function foldersIn(path: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    // Closed to om-ops too, or gone: whoever may not write there is told so of the folder itself.
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}
