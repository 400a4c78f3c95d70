import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fromSystemError, OpsError, shellWord, systemCode } from '@om-ops/kit';
import {
  isSame,
  openFolderFlags,
  openWithoutLinks,
  passFolderFlags,
  pathIn,
  pathOf,
} from './open-path.ts';
import { isLeftover } from './temporary-name.ts';

/** The folder to restore into, as it was found. */
export interface Target extends Disposable {
  /** Absolute, without links. */
  path: string;
  /** Undefined when it is to be made. */
  existing: OpenFolder | undefined;
  inPlace: boolean;
}

/** A folder that stays the same one, whatever its name comes to stand for. */
export interface OpenFolder {
  fd: number;
  stats: Stats;
}

/**
 * Looks at the target, changing nothing, and opens it: what it was found to be is then written to,
 * and nothing else. Not in place it must be empty or not there; what a restore that was killed left
 * in it does not count. `isReal`: the path had no links when it was looked at before.
 *
 * @throws OpsError E_NOT_EMPTY, E_NOT_A_FOLDER, E_NOT_FOUND, E_PERMISSION, E_TARGET_CHANGED
 */
export function inspectTarget(to: string, inPlace: boolean, isReal = false): Target {
  try {
    const path = isReal ? to : withoutLinks(resolve(to));
    const existing = openFolder(path);
    try {
      if (inPlace && !existing)
        throw new OpsError('E_NOT_FOUND', `Cannot restore in place: there is no folder ${path}.`, {
          exit: 'requirement',
          suggestions: [`Leave out --in-place, and the folder is made: --to ${shellWord(path)}`],
        });
      if (existing && !inPlace && !isEmpty(path, existing.fd)) throw notEmpty(path);
    } catch (error) {
      if (existing) closeSync(existing.fd);
      throw error;
    }
    return {
      ...{ path, existing, inPlace },
      [Symbol.dispose]: () => existing && closeSync(existing.fd),
    };
  } catch (error) {
    throw fromSystemError(error, 'restore into', to);
  }
}

function openFolder(path: string): OpenFolder | undefined {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return undefined;
  if (there.isSymbolicLink()) throw changedTarget(path, 'Nothing was changed.');
  if (!there.isDirectory()) throw notAFolder(path);
  const fd = opened(path, openFolderFlags);
  return { fd, stats: fstatSync(fd) };
}

/** Whether the target's path still leads to the open folder. */
export function leadsTo(path: string, fd: number): boolean {
  try {
    const there = openWithoutLinks(path, passFolderFlags);
    try {
      return isSame(fstatSync(there), fstatSync(fd));
    } finally {
      closeSync(there);
    }
  } catch {
    return false;
  }
}

function opened(path: string, flags: number): number {
  try {
    return openWithoutLinks(path, flags);
  } catch (error) {
    throw isLinkThere(error) ? changedTarget(path, 'Nothing was changed.') : error;
  }
}

/** What opening a path says that had no links a moment ago. */
export function isLinkThere(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '');
}

/** Somebody renames or replaces what is being restored into. `state`: what became of it, in a sentence. */
export function changedTarget(path: string, state: string): OpsError {
  return new OpsError(
    'E_TARGET_CHANGED',
    `${path} was renamed or replaced by somebody else while it was restored. ${state}`,
    {
      suggestions: [
        'Restore into a folder below one that only you may write to, and move it from there.',
      ],
    },
  );
}

export function notEmpty(path: string): OpsError {
  return new OpsError('E_NOT_EMPTY', `The folder ${path} is not empty.`, {
    exit: 'usage',
    suggestions: [
      `Restore into a new folder: --to ${shellWord(join(path, 'restored'))}`,
      'To replace what is there, and keep what is not in the archive: --in-place',
    ],
  });
}

function notAFolder(path: string): OpsError {
  return new OpsError('E_NOT_A_FOLDER', `${path} is no folder.`, {
    exit: 'usage',
    suggestions: ['Name a new or an empty folder with --to.'],
  });
}

/** The path without links; what is not there yet is taken as it is written. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    if (lstatSync(path, { throwIfNoEntry: false })) throw notAFolder(path);
    const parent = dirname(path);
    return parent === path ? path : join(withoutLinks(parent), basename(path));
  }
}

/** The empty `lost+found` of a new file system does not count either. */
function isEmpty(path: string, fd: number): boolean {
  return readdirSync(pathOf(fd)).every((name) => {
    if (isLeftover(name)) return true;
    const below = pathIn(fd, Buffer.from(name));
    return name === 'lost+found' && isMount(path) && readdirSync(below).length === 0;
  });
}

/**
 * Whether a new folder beside an existing one could take its place and be like it: not where it is a
 * mount point, where its own folder may not be written to, where it belongs to somebody else, or
 * where a process is in it, such as the shell of who runs this, which would stay in a deleted folder.
 */
export function canBeReplaced(path: string, existing: Stats): boolean {
  const parent = dirname(path);
  if (parent === path || isMount(path) || isSomebodyIn(path)) return false;
  const userId = process.geteuid?.();
  if (userId !== 0) {
    const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
    if (existing.uid !== userId || !groups.includes(existing.gid)) return false;
  }
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether it is the current folder of a process that this user may look at, or that one is below it. */
function isSomebodyIn(path: string): boolean {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.some((id) => {
    try {
      // Read, not followed: it may lead to a file system that does not answer.
      const current = readlinkSync(`/proc/${id}/cwd`);
      return current === path || current.startsWith(`${path}/`);
    } catch {
      return false;
    }
  });
}

function isMount(path: string): boolean {
  return mountId(path) !== mountId(dirname(path));
}

/** The kernel's number of the mount a folder is on: device numbers do not tell bind mounts apart. */
function mountId(path: string): string | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
  } finally {
    closeSync(fd);
  }
}
