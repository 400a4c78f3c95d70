import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { countFolder } from '../parts/census.ts';
import { treeOf } from '../parts/git.ts';
import type { Part } from '../parts/part.ts';
import { keepFolder } from './way-back.ts';

/** What a build is made from, beside the files of its folder. */
export interface Ingredients {
  lock: string | null;
  manager: string;
  script: string;
  node: string;
  /** What the variables are that a build may look at, or other settings of it. */
  settings: string;
}

/**
 * One hash over everything that a build is made from: the files of its folder as git sees them, committed
 * or not, its env files, the lock file, the script and the Node. The same twice: the same would come out.
 */
export async function fingerprint(
  part: Part,
  { lock, ...others }: Ingredients,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(others));
  if (lock !== null) hash.update(readFileSync(lock));
  for (const name of envFiles(part.folder))
    hash.update(`\n${name}\n`).update(readFileSync(join(part.folder, name)));
  const dist = relative(part.folder, part.dist);
  const leftOut = ['node_modules', keepFolder, ...(dist.startsWith('..') ? [] : [dist])];
  const tree = await treeOf(part.folder, leftOut, signal);
  hash.update(`\n${tree ?? (await listing(part, leftOut, signal))}`);
  return hash.digest('hex');
}

/** Git does not see them, and a front end has their values built in. */
function envFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.startsWith('.env'))
    .map(({ name }) => name)
    .sort();
}

/** Outside of git: which files there are, how large, and when they were written. */
async function listing(
  { folder, dist }: Part,
  leftOut: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { files } = await countFolder(folder, {
    signal,
    skips: (name) => leftOut.includes(name) || name === '.git',
  });
  return files
    .filter(({ path }) => !path.startsWith(`${dist}/`))
    .map(({ path, bytes, mtimeMs }) => `${path} ${bytes} ${mtimeMs}`)
    .sort()
    .join('\n');
}
