import { promises } from 'node:fs';
import { systemCode } from '@om-ops/kit';
import { type BytePath, bytePath, fieldsFor, fieldsOf, fileOf } from '../repository/byte-path.ts';
import type { IndexCopy } from '../repository/index-copy.ts';
import { entriesOf } from '../repository/index-file.ts';
import { gitFailed, type Repository } from '../repository/repository.ts';
import { withoutHooks } from '../repository/tree-commit.ts';

/** Puts all of the work tree that is not ignored into an index. */
export const addArgs = [
  ...withoutHooks,
  ...['-c', 'advice.addEmbeddedRepo=false', 'add', '--all', '--ignore-errors', '--', '.'],
];

/** How `git add` of {@link addArgs} ended. */
export interface Added {
  exitCode: number;
  stderr: string;
}

/**
 * What could not be read, and so was not added.
 *
 * @throws OpsError E_GIT_FAILED, E_DISK_FULL (exit 1) when it was not added for another reason
 */
export async function unreadableOf(
  repository: Repository,
  { env }: IndexCopy,
  { exitCode, stderr }: Added,
  signal: AbortSignal,
): Promise<BytePath[]> {
  const folders = [...stderr.matchAll(/^warning: could not open directory '(.+)': /gm)].map(
    ([, path]) => bytePath(Buffer.from(`${path?.replace(/\/?$/, '/')}`)),
  );
  if (exitCode === 0) return folders;
  const remaining = await notStaged(repository, env, signal);
  const unreadable = await whichAreUnreadable(repository.top, remaining);
  const isExplained = unreadable.length > 0 || remaining.some((path) => path.endsWith('/'));
  // One file that cannot be read is no reason to be without the others; a full disk is.
  if (
    !isExplained ||
    /No space left|Disk quota|insufficient permission|unable to write/.test(stderr)
  )
    throw gitFailed(addArgs, stderr, exitCode);
  return [...folders, ...unreadable];
}

/** Has git see files that it was told to look away from, and that are there all the same. */
export async function lookAtAll(
  repository: Repository,
  { env, original }: IndexCopy,
  signal: AbortSignal,
): Promise<void> {
  if (original === undefined || entriesOf(original)?.isAnyFlagged === false) return;
  const { stdout } = await repository.look(['ls-files', '-z', '-v'], { env, signal });
  const flagged = fieldsOf(stdout).filter((field) => /^[a-zS]/.test(field));
  if (flagged.length === 0) return;
  const path = (field: string) => field.slice(2);
  const assumed = flagged.filter((field) => /^[a-z]/.test(field)).map(path);
  const skipped: BytePath[] = [];
  for (const field of flagged.filter((one) => /^s/i.test(one)))
    if (await isThere(repository.top, path(field))) skipped.push(path(field));
  for (const [flag, paths] of [
    ['--no-assume-unchanged', assumed],
    ['--no-skip-worktree', skipped],
  ] as const)
    if (paths.length > 0)
      await repository.run(['update-index', flag, '-z', '--stdin'], {
        env,
        input: fieldsFor(paths),
        signal,
      });
}

async function isThere(top: string, path: BytePath): Promise<boolean> {
  return promises.lstat(fileOf(top, path)).then(
    () => true,
    () => false,
  );
}

async function notStaged(
  repository: Repository,
  env: IndexCopy['env'],
  signal: AbortSignal,
): Promise<BytePath[]> {
  const [changed, others] = await Promise.all([
    repository.look(['diff-files', '-z', '--name-only'], { env, signal }),
    repository.look(['ls-files', '-z', '--others', '--exclude-standard'], { env, signal }),
  ]);
  return [...new Set([...fieldsOf(changed.stdout), ...fieldsOf(others.stdout)])];
}

async function whichAreUnreadable(top: string, paths: readonly BytePath[]): Promise<BytePath[]> {
  const unreadable: BytePath[] = [];
  for (const path of paths.filter((one) => !one.endsWith('/'))) {
    try {
      await (await promises.open(fileOf(top, path))).close();
    } catch (error) {
      if (['EACCES', 'EPERM', 'EIO'].includes(systemCode(error) ?? '')) unreadable.push(path);
    }
  }
  return unreadable;
}
