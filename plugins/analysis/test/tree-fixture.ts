import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { silentProgress } from '@om-ops/kit';
import { type Inventory, takeInventory } from '../src/inventory/inventory.ts';
import { pathWord } from '../src/paths/shell.ts';
import type { Tree, Walk } from '../src/walk/tree.ts';
import { type WalkOptions, walk } from '../src/walk/walk.ts';

export const dayMs = 86_400_000;

/** Writes files, making what folders they need. A number is so many repeatable bytes. */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | number | Buffer>>,
): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, typeof content === 'number' ? noise(content, path) : content);
  }
}

export function noise(bytes: number, seed: string): Buffer {
  return bytes === 0
    ? Buffer.alloc(0)
    : createHash('shake256', { outputLength: bytes }).update(seed).digest();
}

export function setAge(path: string, days: number, now = new Date()): void {
  const time = new Date(now.getTime() - days * dayMs);
  utimesSync(path, time, time);
}

/** Everything a tree may hold that walks stumble over. */
export function makeAwkwardTree(folder: string): void {
  writeFiles(folder, {
    'plain.txt': 'plain',
    empty: 0,
    'deep/er/est/file.js': 5000,
    'deep/other.TXT': 123,
    '.hidden/.env': 'A=1',
    'sp ace/new\nline': 'x',
    "quo'te/$(id)": 'y',
    'back\\slash': 'z',
    'looks\\x41escaped': 'z',
    'ünïcode/日本': 'u',
    'large.bin': 300_000,
  });
  const latin = (text: string): Buffer =>
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(text, 'latin1')]);
  writeFileSync(latin('caf\xe9.txt'), 'latin');
  mkdirSync(latin('fold\xe9r'));
  writeFileSync(latin('fold\xe9r/in\xfffile'), 'nested');
  writeFileSync(join(folder, 'sparse'), '');
  truncateSync(join(folder, 'sparse'), 1_000_000);
  symlinkSync('.', join(folder, 'deep/cycle'));
  symlinkSync('/', join(folder, 'outside'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  // Names of one inode in one folder, in two, and one above the other.
  writeFiles(folder, { 'links/a/one': 10_000, 'links/a/x': 20_000, 'links/up': 30_000 });
  linkSync(join(folder, 'links/a/one'), join(folder, 'links/a/two'));
  mkdirSync(join(folder, 'links/b'));
  linkSync(join(folder, 'links/a/x'), join(folder, 'links/b/x'));
  mkdirSync(join(folder, 'links/b/c'));
  linkSync(join(folder, 'links/up'), join(folder, 'links/b/c/down'));
  linkSync(join(folder, 'links/up'), join(folder, 'links/a/down'));
}

export function walkOf(path: string, options: Partial<WalkOptions> = {}): Promise<Walk> {
  return walk({ path, ...options }, silentProgress());
}

export async function inventoryOf(
  path: string,
  { now = new Date(), staleDays = 180, listed = 1000 } = {},
): Promise<Inventory & { tree: Tree }> {
  const { tree } = await walkOf(path);
  return { ...(await takeInventory(tree, { now, staleDays, listed }, silentProgress())), tree };
}

/** Paths of all files, sorted. */
export function filePaths(tree: Tree): string[] {
  return Array.from({ length: tree.files.count }, (_, row) => tree.filePath(row)).sort();
}

export function folderPaths(tree: Tree): string[] {
  return Array.from({ length: tree.folders.count }, (_, folder) => tree.folderPath(folder));
}

/** What `du` prints for each folder when it is asked for that one alone, in bytes. */
export function du(folders: readonly string[], ...options: string[]): number[] {
  const script = `for folder; do du -s -B1 ${options.join(' ')} -- "$folder" | cut -f1; done`;
  const words = folders.map(pathWord).join(' ');
  const printed = execFileSync('bash', ['-c', `set -- ${words}; ${script}`], { encoding: 'utf8' });
  return printed.trim().split('\n').map(Number);
}
