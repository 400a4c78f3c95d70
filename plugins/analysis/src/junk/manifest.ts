import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemPath } from '../paths/escape.ts';

/** What of a package.json tells whether something can be made again. */
export interface Manifest {
  buildScript: string | undefined;
  hasDependencies: boolean;
  hasWorkspaces: boolean;
  /** The package manager it asks for. */
  manager: string | undefined;
}

/** How to have a folder back. */
export interface Rebuild {
  command: string;
  /** Where, if not beside it. */
  folder?: string;
  /** False when what comes back may be newer than what was there. */
  isExact?: false;
}

interface Lockfile {
  name: string;
  manager: string;
  install: string;
}

const lockfiles: readonly Lockfile[] = [
  { name: 'package-lock.json', manager: 'npm', install: 'npm ci' },
  { name: 'npm-shrinkwrap.json', manager: 'npm', install: 'npm ci' },
  { name: 'pnpm-lock.yaml', manager: 'pnpm', install: 'pnpm install --frozen-lockfile' },
  { name: 'yarn.lock', manager: 'yarn', install: 'yarn install' },
  { name: 'bun.lock', manager: 'bun', install: 'bun install' },
  { name: 'bun.lockb', manager: 'bun', install: 'bun install' },
];

export const lockfileNames: readonly string[] = lockfiles.map(({ name }) => name);

const mostBytes = 1_000_000;

/** The manifests of packages, each read once. */
export class Manifests {
  readonly #known = new Map<string, Manifest | undefined>();

  /** What brings `folder/node_modules` back; undefined when nothing says so. */
  installIn(folder: string): Rebuild | undefined {
    const manifest = this.#of(folder);
    if (manifest === undefined) return undefined;
    const lockfile = lockfileIn(folder, manifest);
    if (lockfile !== undefined) return { command: lockfile.install };
    // A package of a workspace has its lockfile at the top of that.
    for (let above = folder; above !== dirname(above); ) {
      above = dirname(above);
      const top = this.#of(above);
      if (top === undefined || !(top.hasWorkspaces || isFile(join(above, 'pnpm-workspace.yaml'))))
        continue;
      const shared = lockfileIn(above, top);
      if (shared !== undefined) return { command: shared.install, folder: above };
    }
    return manifest.hasDependencies || manifest.hasWorkspaces
      ? { command: `${manifest.manager ?? 'npm'} install`, isExact: false }
      : undefined;
  }

  /** What makes `folder/name` again; undefined when nothing says so. */
  buildIn(folder: string, name: string): Rebuild | undefined {
    const manifest = this.#of(folder);
    if (manifest?.buildScript === undefined) return undefined;
    // `node build/build.js`: it takes part in the build, and is not made by it.
    const partOfIt = new RegExp(`(^|[\\s'"])(\\./)?${name}/\\S*\\.([cm]?[jt]s|json|sh|py)\\b`);
    if (partOfIt.test(manifest.buildScript)) return undefined;
    const manager = lockfileIn(folder, manifest)?.manager ?? manifest.manager ?? 'npm';
    return { command: `${manager} run build` };
  }

  #of(folder: string): Manifest | undefined {
    if (this.#known.has(folder)) return this.#known.get(folder);
    const manifest = readManifest(join(folder, 'package.json'));
    this.#known.set(folder, manifest);
    return manifest;
  }
}

/** The one of the package manager that the manifest asks for, else the first. */
function lockfileIn(folder: string, { manager }: Manifest): Lockfile | undefined {
  const there = lockfiles.filter(({ name }) => isFile(join(folder, name)));
  return manager === undefined ? there[0] : there.find((each) => each.manager === manager);
}

function isFile(path: string): boolean {
  try {
    const stats = statSync(systemPath(path));
    return stats.isFile() && stats.size > 0;
  } catch {
    return false;
  }
}

/** Undefined when there is none that a package manager could read. */
function readManifest(path: string): Manifest | undefined {
  let value: unknown;
  try {
    // Opening a FIFO would wait for a writer.
    const file = openSync(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.size > mostBytes) return undefined;
      value = JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, ''));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  if (!isMap(value)) return undefined;
  const build = isMap(value.scripts) ? value.scripts.build : undefined;
  const manager = /^(npm|pnpm|yarn|bun)@/.exec(String(value.packageManager ?? ''))?.[1];
  return {
    buildScript: typeof build === 'string' && build.trim() !== '' ? build : undefined,
    hasDependencies: ['dependencies', 'devDependencies', 'optionalDependencies'].some((key) =>
      isFilled(value[key]),
    ),
    hasWorkspaces: isFilled(value.workspaces),
    manager,
  };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
