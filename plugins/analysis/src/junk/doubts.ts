import { readlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Turns } from '@om-ops/kit';
import type { JunkCategory } from '../analysis.ts';
import { escapePath, systemPath } from '../paths/escape.ts';
import { isWithin, realPath } from '../paths/real.ts';
import { regular, symlink } from '../walk/columns.ts';
import { nameHash } from '../walk/name-hash.ts';
import type { Tree } from '../walk/tree.ts';
import type { FoundJunk } from './find.ts';

const looksMade = new Set<JunkCategory>(['dist', 'build', '.tmp', '.vite', '.cache', 'coverage']);
const folderNames = new Set(['upload', 'uploads', 'backup', 'backups', 'letsencrypt', 'pgdata']);
// Downloaded on purpose, once: no program that starts fetches them by itself.
const downloads = new Set(['puppeteer', 'ms-playwright', 'Cypress', 'huggingface', 'torch']);
const fileNames = new Set(['.env', '.env.production', '.env.local', '.env.production.local']);
const extensions = new Set([
  ...['.db', '.db3', '.sqlite', '.sqlite3', '.mdb', '.ibd', '.rdb', '.aof', '.sst'],
  ...['.dump', '.key', '.p12', '.pfx', '.kdbx'],
]);
const symlinksRead = 5000;
const served =
  /^(current|live|active|production|prod|latest|stable|www|html|htdocs|public|public_html)$/;

/**
 * Why junk may be more than its name says, in a sentence each: it holds what nothing makes again,
 * it was not looked at in full, a symlink leads to it.
 *
 * @param paths real paths of the findings
 * @param root real path of the tree
 */
export async function doubtsOf(
  tree: Tree,
  junk: FoundJunk,
  paths: readonly string[],
  root: string,
  pace: Turns,
): Promise<Map<number, string>> {
  const { folders, files } = tree;
  const { findings, findingOf } = junk;
  const doubts = new Map<number, string>();
  const doubt = (at: number, why: string): void => {
    if (at >= 0 && !doubts.has(at)) doubts.set(at, why);
  };
  const holds = (at: number, name: string): void =>
    doubt(at, `It holds ${name}, which nothing makes again.`);
  const insides = root.split('/');
  if (insides.includes('node_modules'))
    for (const at of findings.keys()) doubt(at, 'It is part of an installed package.');
  if (insides.includes('.git'))
    for (const at of findings.keys()) doubt(at, 'It is part of a git repository’s own files.');
  for (let folder = 1; folder < folders.count; folder += 1) {
    const at = findingOf[folder]!;
    if (at < 0) continue;
    if (folders.partial[folder] === 1)
      doubt(
        at,
        'Not all of it was looked at: something in it is excluded, cannot be read, or is another file system or the state of om-ops.',
      );
    const { category, folder: top } = findings[at]!;
    if (folder === top || !looksMade.has(category)) continue;
    const name = folders.names[folder]!;
    if (folderNames.has(name) || (category === '.cache' && downloads.has(name)))
      holds(at, `a folder ${name}`);
  }
  const isTelling = files.extensions.map((extension) => extensions.has(extension));
  const hashes = new Set([...fileNames].map(nameHash));
  const links: number[] = [];
  for (let row = 0; row < files.count; row += 1) {
    if ((row & 0xffff) === 0) await pace.turn();
    const kind = files.kind[row];
    const at = findingOf[files.folder[row]!]!;
    if (at < 0) {
      if (kind === symlink && links.length < symlinksRead) links.push(row);
      continue;
    }
    if (kind !== regular) continue;
    const isNamed = hashes.has(files.nameHash[row]!);
    if (!isNamed && !isTelling[files.extension[row]!]) continue;
    const { category } = findings[at]!;
    if (!looksMade.has(category)) continue;
    const name = tree.fileName(row);
    if (isNamed ? fileNames.has(name) : category !== '.cache') holds(at, name);
  }
  doubtMounted(tree, paths, doubt);
  const byPath = new Map(paths.map((path, at) => [path, at]));
  const real = new Map<string, string>();
  const shown = tree.folderPath(0).length;
  for (const row of links) {
    if (pace.isDue) await pace.turn();
    const name = tree.fileName(row);
    const folder = join(root, tree.folderPath(files.folder[row]!).slice(shown));
    const target = targetOf(folder, name, real);
    if (target === undefined || target === root || !isWithin(target, root)) continue;
    const why = `The symlink ${tree.filePath(row)} leads to it.`;
    for (let path = target; path.length > root.length; path = dirname(path)) {
      const at = byPath.get(path);
      if (at !== undefined) doubt(at, why);
    }
    // A release that is served: what lies in it is served too.
    if (served.test(name))
      for (const [at, path] of paths.entries())
        if (findings[at]!.row === undefined && isWithin(path, target)) doubt(at, why);
  }
  return doubts;
}

/** What is mounted there, or mounted elsewhere from there, would lose its files too. */
function doubtMounted(
  { mounts }: Tree,
  paths: readonly string[],
  doubt: (at: number, why: string) => void,
): void {
  if (mounts.inside.length === 0 && mounts.seenElsewhere.length === 0) return;
  for (const [at, path] of paths.entries()) {
    const mounted = mounts.inside.find((inside) => isWithin(inside, path));
    if (mounted !== undefined) doubt(at, `${mounted} is a mount point: its files lie elsewhere.`);
    const seen = mounts.seenElsewhere.find(
      (other) => isWithin(other.path, path) || isWithin(path, other.path),
    );
    if (seen !== undefined) doubt(at, `${seen.path} is mounted at ${seen.at} too.`);
  }
}

/**
 * Where a symlink leads. One that leads to another symlink of the tree stays there: that one is
 * followed, too. `real` keeps the real paths of folders.
 */
function targetOf(folder: string, name: string, real: Map<string, string>): string | undefined {
  try {
    const link = readlinkSync(systemPath(join(folder, name)), 'buffer');
    const target = resolve(folder, escapePath(link));
    const above = dirname(target);
    let resolved = above === folder ? folder : real.get(above);
    if (resolved === undefined) {
      resolved = realPath(above);
      real.set(above, resolved);
    }
    return join(resolved, basename(target));
  } catch {
    return undefined;
  }
}
