import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fromSystemError, OpsError, shellWord } from '@om-ops/kit';
import { git } from '../git.ts';
import { Repository } from './repository.ts';

/**
 * The repository that a folder belongs to, found as git finds it.
 *
 * @throws OpsError E_PROGRAM_MISSING, E_NOT_FOUND, E_NO_REPOSITORY, E_NO_WORK_TREE, E_PERMISSION (exit 5)
 */
export function openRepository(folder: string): Repository {
  git.need();
  const repository = findRepository(folder);
  if (repository !== undefined) return repository;
  if (isBare(folder)) {
    throw new OpsError('E_NO_WORK_TREE', `${folder} is a bare repository: it has no work tree.`, {
      exit: 'requirement',
      suggestions: ['Set root in the site profile to a checkout: om-ops config show'],
    });
  }
  throw new OpsError('E_NO_REPOSITORY', `${folder} is no git repository, nor is it in one.`, {
    exit: 'requirement',
    suggestions: [
      'Correct root in the site profile: om-ops config show',
      `Or make it one: git -C ${shellWord(folder)} init`,
    ],
  });
}

/** Undefined where there is none. @throws OpsError E_NOT_FOUND, E_PERMISSION (exit 5) */
export function findRepository(folder: string): Repository | undefined {
  let top: string;
  let device: number;
  try {
    top = realpathSync(folder);
    device = statSync(top).dev;
  } catch (error) {
    throw fromSystemError(error, 'look into', folder);
  }
  for (;;) {
    const at = join(top, '.git');
    const stat = statOf(at);
    const gitDir = stat?.isFile() ? linkedFrom(at) : at;
    if (stat !== undefined && gitDir !== undefined && statOf(join(gitDir, 'HEAD')) !== undefined)
      return new Repository({ top, gitDir, owner: otherOwner(top, gitDir) });
    const above = dirname(top);
    // As git does, no further than the file system goes.
    if (above === top || statOf(above)?.dev !== device) return undefined;
    top = above;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fromSystemError(error, 'look into', path);
  }
}

/** Work trees beside the first, and submodules: `gitdir: PATH`. */
function linkedFrom(file: string): string | undefined {
  try {
    const [, path] = /^gitdir: (.+)\n*$/.exec(readFileSync(file, 'utf8')) ?? [];
    return path === undefined ? undefined : resolve(dirname(file), path);
  } catch (error) {
    throw fromSystemError(error, 'read', file);
  }
}

function otherOwner(...paths: readonly string[]): { uid: number; gid: number } | undefined {
  const uid = process.geteuid?.();
  const other = paths.map((path) => statSync(path)).find((stat) => stat.uid !== uid);
  return other === undefined ? undefined : { uid: other.uid, gid: other.gid };
}

function isBare(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => statOf(join(folder, name)) !== undefined);
}
