import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  findProgram,
  fromSystemError,
  isThere,
  messageOf,
  OpsError,
  programMissing,
} from '@om-ops/kit';

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** What installs the packages of a part, and how it was chosen. */
export interface PackageManager {
  name: ManagerName;
  program: string;
  /** As the end of a sentence: `package-lock.json`. */
  from: string;
  /** Absolute; null: there is none, and what is installed is whatever is newest. */
  lock: string | null;
  /** Where it is run: the folder of the part, or of the workspace around it. */
  folder: string;
}

export interface PackageManifest {
  path: string;
  scripts: Readonly<Record<string, string>>;
  packageManager: string | undefined;
}

const lockFiles: readonly (readonly [file: string, manager: ManagerName])[] = [
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** @throws OpsError E_NOT_FOUND, E_PERMISSION, E_NOT_A_PACKAGE (exit 5) */
export function readManifest(folder: string): PackageManifest {
  const path = join(folder, 'package.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fromSystemError(error, 'read', path);
  }
  try {
    const { scripts = {}, packageManager } = JSON.parse(text) as Record<string, unknown>;
    return {
      path,
      scripts: scripts as Record<string, string>,
      packageManager: typeof packageManager === 'string' ? packageManager : undefined,
    };
  } catch (error) {
    throw new OpsError('E_NOT_A_PACKAGE', `${path} is no JSON: ${messageOf(error)}.`, {
      exit: 'requirement',
      suggestions: [`Mend it: ${path}`],
    });
  }
}

/**
 * The package manager of a folder: what `packageManager` says, else whose lock file is there.
 *
 * @param root how far up a workspace is looked for
 * @param path where programs are looked for
 * @throws OpsError E_TWO_LOCK_FILES, E_OTHER_LOCK_FILE (exit 6); E_PROGRAM_MISSING (exit 5)
 */
export function packageManagerOf(folder: string, root: string, path: string): PackageManager {
  const place = installFolder(folder, root);
  const said = readManifest(place).packageManager ?? readManifest(folder).packageManager;
  const locks = lockFiles.filter(([file]) => isThere(join(place, file)));
  const named = /^(npm|pnpm|yarn|bun)@/.exec(said ?? '')?.[1] as ManagerName | undefined;
  const managers = [...new Set(locks.map(([, manager]) => manager))];
  if (named === undefined && managers.length > 1) {
    throw new OpsError(
      'E_TWO_LOCK_FILES',
      `${place} has lock files of ${managers.join(' and ')}, so nobody can tell which one holds.`,
      {
        exit: 'unhealthy',
        suggestions: [
          `Delete the one that is not kept up to date: ${locks.map(([file]) => file).join(', ')}`,
          `Or say it in package.json: "packageManager": "${managers[0]}@…"`,
        ],
      },
    );
  }
  const name = named ?? managers[0] ?? 'npm';
  const own = locks.find(([, manager]) => manager === name)?.[0];
  if (own === undefined && locks.length > 0) {
    throw new OpsError(
      'E_OTHER_LOCK_FILE',
      `package.json says ${said}, and the only lock file in ${place} is ${locks[0]?.[0]}.`,
      {
        exit: 'unhealthy',
        suggestions: [`Make one: ${name} install`, 'Or correct "packageManager" in package.json.'],
      },
    );
  }
  const program = findProgram(name, path);
  if (program === undefined)
    throw programMissing(name, howToGet(name, named === undefined ? undefined : said));
  return {
    name,
    program,
    from: named !== undefined ? `"packageManager": "${said}"` : (own ?? 'no lock file'),
    lock: own === undefined ? null : join(place, own),
    folder: place,
  };
}

/** The folder itself, or that of the workspace above it which holds the lock file. */
function installFolder(folder: string, root: string): string {
  const hasLock = (at: string) => lockFiles.some(([file]) => isThere(join(at, file)));
  if (hasLock(folder)) return folder;
  for (let at = dirname(folder); at.startsWith(root) && at !== dirname(at); at = dirname(at)) {
    if (hasLock(at) && isThere(join(at, 'package.json')) && isWorkspace(at)) return at;
  }
  return folder;
}

function isWorkspace(folder: string): boolean {
  if (isThere(join(folder, 'pnpm-workspace.yaml'))) return true;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    workspaces?: unknown;
  };
  return manifest.workspaces !== undefined;
}

function howToGet(name: ManagerName, said: string | undefined): string {
  if (name === 'npm') return 'Install it: sudo apt-get install npm';
  if (name === 'bun') return 'Install it: sudo npm install -g bun';
  return said === undefined
    ? `Enable it: sudo corepack enable ${name}`
    : `Enable it: sudo corepack enable ${name} && corepack prepare ${said.split('+')[0]} --activate`;
}

/** How packages are installed exactly as the lock file says, with those that only a build needs. */
export function installArguments({ name, lock }: PackageManager): string[] {
  switch (name) {
    case 'npm':
      return [lock === null ? 'install' : 'ci', '--include=dev', '--no-audit', '--no-fund'];
    case 'pnpm':
      return ['install', ...(lock === null ? [] : ['--frozen-lockfile']), '--prod=false'];
    case 'yarn':
      return [
        'install',
        ...(lock === null ? [] : [isClassic(lock) ? '--frozen-lockfile' : '--immutable']),
      ];
    case 'bun':
      return ['install', ...(lock === null ? [] : ['--frozen-lockfile'])];
  }
}

/** Yarn 1, whose flags are others. */
function isClassic(lock: string): boolean {
  return readFileSync(lock, 'utf8').slice(0, 200).includes('yarn lockfile v1');
}

/** Why packages have to be installed, without a full stop; undefined when what is installed is what the lock file says. */
export function whyInstall({ name, lock, folder }: PackageManager): string | undefined {
  const modules = join(folder, 'node_modules');
  if (!isThere(modules)) return 'there are no node_modules';
  if (lock === null) return 'there is no lock file to compare with';
  if (name === 'pnpm')
    return sameText(lock, join(modules, '.pnpm/lock.yaml'))
      ? undefined
      : 'the lock file differs from what is installed';
  if (name !== 'npm') return `${name} compares by itself`;
  const wanted = packagesOf(lock);
  const installed = packagesOf(join(modules, '.package-lock.json'));
  if (wanted === undefined || installed === undefined)
    return 'what is installed cannot be compared with the lock file';
  return difference(wanted, installed, folder);
}

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  peer?: boolean;
}

type Packages = Record<string, LockedPackage>;

function packagesOf(path: string): Packages | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { packages?: Packages }).packages;
  } catch {
    return undefined;
  }
}

function difference(wanted: Packages, installed: Packages, folder: string): string | undefined {
  for (const [
    name,
    { version, resolved, integrity, link, optional, devOptional },
  ] of Object.entries(wanted)) {
    if (name === '') continue;
    const there = installed[name];
    // For another system, it is left out.
    if (there === undefined && (optional === true || devOptional === true)) continue;
    // Packages of a workspace lie beside the installed ones.
    if (there === undefined && !name.includes('node_modules/')) continue;
    if (there === undefined) return `${name} is not installed`;
    if (
      there.version !== version ||
      there.resolved !== resolved ||
      there.integrity !== integrity ||
      there.link !== link
    )
      return `${name} is not installed as the lock file says`;
    if (statSync(join(folder, name), { throwIfNoEntry: false }) === undefined)
      return `${name} is gone`;
  }
  const extra = Object.keys(installed).find((name) => !(name in wanted));
  return extra === undefined ? undefined : `${extra} is installed and not in the lock file`;
}

function sameText(one: string, other: string): boolean {
  try {
    return readFileSync(one, 'utf8') === readFileSync(other, 'utf8');
  } catch {
    return false;
  }
}
