import { statSync } from 'node:fs';
import { copyFile, lchown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecOptions, isOpsError, program } from '@om-ops/kit';

export const git = program('git', { install: 'Install it: sudo apt-get install git' });

/** Where a folder stands in git. */
export interface GitState {
  /** Null: detached. */
  branch: string | null;
  /** Null before the first commit. */
  head: string | null;
  /** Files that differ from it, in this folder. */
  dirty: number;
}

// Another user's checkout is looked at all the same.
const looking = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  GIT_CONFIG_KEY_1: 'core.fsmonitor',
  GIT_CONFIG_VALUE_1: 'false',
};

/**
 * Filters and hooks of a checkout are programs that its owner chose: root lets them run as the owner and not as
 * himself.
 */
function ownerOf(folder: string): { uid: number; gid: number } | undefined {
  const { uid, gid } = statSync(folder);
  return process.geteuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
}

async function ask(
  folder: string,
  args: readonly string[],
  { env, ...options }: ExecOptions,
): Promise<string | undefined> {
  try {
    const owner = ownerOf(folder);
    const { stdout } = await git.look(['-C', folder, ...args], {
      ...options,
      ...(owner === undefined ? {} : { user: owner.uid }),
      env: { ...looking, ...(owner === undefined ? {} : { XDG_CONFIG_HOME: undefined }), ...env },
    });
    return stdout;
  } catch (error) {
    options.signal?.throwIfAborted();
    // Not in git, or no git: there is nothing to be told.
    if (isOpsError(error)) return undefined;
    throw error;
  }
}

/** Undefined for a folder that is not in git. */
export async function gitState(folder: string, signal: AbortSignal): Promise<GitState | undefined> {
  const said = await ask(
    folder,
    ['status', '--porcelain=v2', '-z', '--branch', '-uall', '--', '.'],
    { signal },
  );
  if (said === undefined) return undefined;
  const state: GitState = { branch: null, head: null, dirty: 0 };
  const fields = said.split('\0');
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] as string;
    const [, key, value = ''] = /^# (branch\.\w+) (.*)$/.exec(field) ?? [];
    if (key === 'branch.oid' && value !== '(initial)') state.head = value;
    else if (key === 'branch.head' && value !== '(detached)') state.branch = value;
    else if (/^[12u?] /.test(field)) state.dirty += 1;
    // The old name of what was renamed is a field of its own.
    if (field.startsWith('2 ')) at += 1;
  }
  return state;
}

/** The newest commit that touched a folder; undefined without one. */
export async function lastCommit(
  folder: string,
  signal: AbortSignal,
): Promise<{ hash: string; time: string } | undefined> {
  const said = await ask(folder, ['log', '-1', '--format=%H %cI', '--', '.'], { signal });
  const [hash, time] = said?.trim().split(' ') ?? [];
  return hash === undefined || time === undefined ? undefined : { hash, time };
}

/** The files of a folder that belong to the project, tracked or new, relative to it; undefined outside of git. */
export async function projectFiles(
  folder: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const said = await ask(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    signal,
  });
  return said?.split('\0').filter((path) => path !== '');
}

/**
 * The hash of all files of a folder that git does not ignore, as they are now, committed or not. Nothing
 * is written into the repository.
 *
 * @param leftOut folders below it that do not count
 * @returns undefined outside of git
 */
export async function treeOf(
  folder: string,
  leftOut: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const where = await ask(
    folder,
    [
      'rev-parse',
      '--path-format=absolute',
      '--git-path',
      'objects',
      '--git-path',
      'index',
      '--show-prefix',
    ],
    { signal },
  );
  const [objects, index, prefix = ''] = where?.split('\n') ?? [];
  if (objects === undefined || index === undefined) return undefined;
  const scratch = await mkdtemp(join(tmpdir(), 'om-ops-tree-'));
  try {
    // From the real index, or what is tracked although it is ignored would not count.
    await copyFile(index, join(scratch, 'index')).catch(() => {});
    const excludes = join(scratch, 'exclude');
    await writeFile(excludes, leftOut.map((one) => `/${prefix}${one}\n`).join(''));
    const owner = ownerOf(folder);
    if (owner !== undefined)
      for (const path of [join(scratch, 'index'), excludes, scratch])
        await lchown(path, owner.uid, owner.gid).catch(() => {});
    const env = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    };
    const options = { env, signal, timeoutMs: 120_000 };
    const silent = ['-c', 'core.hooksPath=/dev/null', '-c', `core.excludesFile=${excludes}`];
    const added = await ask(folder, [...silent, 'add', '--all', '--', '.'], options);
    if (added === undefined) return undefined;
    await ask(
      folder,
      [...silent, 'rm', '-rq', '--cached', '--ignore-unmatch', '--', ...leftOut],
      options,
    );
    const of = prefix === '' ? [] : [`--prefix=${prefix}`];
    return (await ask(folder, ['write-tree', ...of], options))?.trim();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
