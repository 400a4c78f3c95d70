import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemPath } from '../paths/escape.ts';
import { nameHash } from '../walk/name-hash.ts';
import type { Tree } from '../walk/tree.ts';
import type { FoundJunk, JunkFinding } from './find.ts';
import { lockfileNames } from './manifest.ts';

/** What lies around and in junk that tells what it is. */
export interface Surroundings {
  /** Names of files that mean something, by folder. */
  namesIn(folder: number): ReadonlySet<string>;
  hasSources(folder: number): boolean;
  parentOf(folder: number): number;
  hasFolder(folder: number, name: string): boolean;
  /** Real path of the nearest folder above with a `.git`; undefined when there is none. */
  repositoryOf(finding: JunkFinding): string | undefined;
  /** Findings with a git repository inside. */
  holdRepositories: ReadonlySet<number>;
  /** Findings with a pnpm store inside, or that are inside of one. */
  holdStores: ReadonlySet<number>;
  /** Folders that are pnpm stores. */
  stores: readonly number[];
}

const meaningful = [
  ...lockfileNames,
  'package.json',
  'requirements.txt',
  'pyproject.toml',
  'Pipfile',
  'pyvenv.cfg',
  'lcov.info',
  'coverage-final.json',
  '.modules.yaml',
  'manifest.json',
];
const sourceFolders = new Set(['src', 'lib', 'app', 'source', 'client', 'server', 'public']);
const noNames: ReadonlySet<string> = new Set();

/**
 * Looks around all findings in one pass over the tree.
 *
 * @param root real path of the tree
 */
export function lookAround(tree: Tree, junk: FoundJunk, root: string): Surroundings {
  const { folders, files } = tree;
  const isLookedAt = new Uint8Array(folders.count);
  for (const { folder, row } of junk.findings) {
    if (row !== undefined) continue;
    isLookedAt[folder] = 1;
    isLookedAt[folders.parent[folder]!] = 1;
  }
  const hashes = new Set(meaningful.map(nameHash));
  const gitHash = nameHash('.git');
  const known = new Set(meaningful);
  const names = new Map<number, Set<string>>();
  const repositories = new Set<number>();
  const holdRepositories = new Set<number>();
  for (let row = 0; row < files.count; row += 1) {
    const hash = files.nameHash[row]!;
    const folder = files.folder[row]!;
    // In a worktree and a submodule .git is a file.
    if (hash === gitHash && tree.fileName(row) === '.git') {
      repositories.add(folder);
      holdRepositories.add(junk.findingOf[folder]!);
    }
    if (isLookedAt[folder] === 0 || !hashes.has(hash)) continue;
    const name = tree.fileName(row);
    if (!known.has(name)) continue;
    const there = names.get(folder);
    if (there === undefined) names.set(folder, new Set([name]));
    else there.add(name);
  }
  const stores: number[] = [];
  const holdStores = new Set<number>();
  for (let folder = 1; folder < folders.count; folder += 1) {
    const finding = junk.findingOf[folder]!;
    if (folders.names[folder] === '.git') {
      repositories.add(folders.parent[folder]!);
      if (finding >= 0 && junk.findings[finding]!.folder !== folder) holdRepositories.add(finding);
    }
    if (isPackageStore(tree, folder)) {
      stores.push(folder);
      holdStores.add(finding);
    }
  }
  for (const [at, { folder }] of junk.findings.entries())
    if (stores.some((store) => store <= folder && folder < folders.end[store]!)) holdStores.add(at);
  const shown = tree.folderPath(0);
  // The walk need not have seen a .git: it may be excluded.
  const repositoryAt = new Map<number, string | undefined>();
  const repository = (folder: number): string | undefined => {
    if (repositoryAt.has(folder)) return repositoryAt.get(folder);
    const path = realFolder(tree, folder, root, shown);
    const found =
      repositories.has(folder) || hasGit(path)
        ? path
        : folder === 0
          ? outerRepository(root)
          : repository(folders.parent[folder]!);
    repositoryAt.set(folder, found);
    return found;
  };
  return {
    namesIn: (folder) => names.get(folder) ?? noNames,
    hasSources: (folder) =>
      [...children(tree, folder)].some((child) => sourceFolders.has(folders.names[child]!)),
    parentOf: (folder) => folders.parent[folder]!,
    hasFolder: (folder, name) =>
      [...children(tree, folder)].some((child) => folders.names[child] === name),
    // A junk folder does not belong to a repository inside of it.
    repositoryOf: ({ folder, row }) =>
      repository(row === undefined ? folders.parent[folder]! : folder),
    holdRepositories,
    holdStores,
    stores,
  };
}

/** `.pnpm-store`, or the `v10` of a store by any name, which has the contents in `files/00` to `ff`. */
function isPackageStore(tree: Tree, folder: number): boolean {
  const { names } = tree.folders;
  const name = names[folder]!;
  if (name === '.pnpm-store') return true;
  if (!/^v\d+$/.test(name)) return false;
  for (const child of children(tree, folder))
    if (names[child] === 'files')
      for (const grandchild of children(tree, child))
        if (/^[0-9a-f]{2}$/.test(names[grandchild]!)) return true;
  return false;
}

function* children({ folders }: Tree, folder: number): Generator<number> {
  for (let child = folder + 1; child < folders.end[folder]!; child = folders.end[child]!)
    yield child;
}

function realFolder(tree: Tree, folder: number, root: string, shown: string): string {
  if (folder === 0) return root;
  return join(root, tree.folderPath(folder).slice(shown.length));
}

function outerRepository(root: string): string | undefined {
  for (let folder = root; folder !== dirname(folder); ) {
    folder = dirname(folder);
    if (hasGit(folder)) return folder;
  }
  return undefined;
}

function hasGit(folder: string): boolean {
  try {
    return lstatSync(systemPath(join(folder, '.git')), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
