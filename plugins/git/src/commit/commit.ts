import { promises } from 'node:fs';
import { messageOf, OpsError, type Progress, shellWord, sitePath, stampSecond } from '@om-ops/kit';
import { type BytePath, fieldsOf, fileOf, shownPath } from '../repository/byte-path.ts';
import { type IndexCopy, indexCopy } from '../repository/index-copy.ts';
import { handOver } from '../repository/ownership.ts';
import { gitFailed, type Repository, saidBy } from '../repository/repository.ts';
import type { WorkTree } from '../repository/work-tree.ts';
import { fingerprint, type Guarding } from './guard.ts';
import { assertIndexFree, indexState, installIndex } from './install-index.ts';

/** The commit message of one that was given none. */
export function commitMessage(now: Date): string {
  return `WIP: OM-Ops checkpoint ${stampSecond(now).slice(0, 10)}`;
}

/** @throws OpsError E_NO_IDENTITY (exit 5) when git does not know who commits */
export async function assertIdentity(repository: Repository, signal: AbortSignal): Promise<void> {
  for (const role of ['AUTHOR', 'COMMITTER']) {
    const { exitCode } = await repository.look(['var', `GIT_${role}_IDENT`], {
      accept: 'any',
      signal,
    });
    if (exitCode === 0) continue;
    const at = `git -C ${shellWord(repository.top)} config`;
    throw new OpsError('E_NO_IDENTITY', 'git does not know who commits here.', {
      exit: 'requirement',
      suggestions: [`${at} user.name "NAME"`, `${at} user.email "NAME@EXAMPLE.ORG"`],
    });
  }
}

export interface CommitRequest {
  message: string;
  /** What was looked at, and is all that may be committed. */
  tree: WorkTree;
  guarding: Guarding;
  redact(text: string): string;
  warn(message: string): void;
  progress: Progress;
}

export interface Committed {
  commit: string;
  files: number;
}

/**
 * Commits all of the work tree as it was looked at. Everything is staged in an index of our own, which takes the place of
 * the user's when the commit is there: until then that one stays as it is, to the byte. Undefined: what has changed is
 * nothing to git, such as line ends or the inside of a submodule.
 *
 * @throws OpsError E_CHANGED_MEANWHILE, E_COMMIT_REFUSED (exit 1): a hook or the signing said no; E_GIT_BUSY (1),
 * E_INTERRUPTED (130)
 */
export async function commitAll(
  repository: Repository,
  request: CommitRequest,
): Promise<Committed | undefined> {
  const { tree, progress } = request;
  const { signal } = progress;
  await assertIndexFree(repository);
  const before = await indexState(repository);
  await using copy = await indexCopy(repository, 'index');
  const { env } = copy;
  progress.report({ stage: 'staging' });
  const { stderr: warned } = await repository.run(['add', '--all', '--', '.'], { env, signal });
  const closed = /^warning: could not open directory '(.+)': /m.exec(warned)?.[1];
  if (closed !== undefined) throw unreadable(closed);
  if (!(await isAsSeen(repository, copy, request))) return undefined;
  progress.report({ stage: 'committing' });
  const args = ['commit', '--quiet', '--cleanup=whitespace', '--file=-'];
  let failure: unknown;
  try {
    const { exitCode, stderr, stdout } = await repository.run(args, {
      // Hooks run as they do for the user: with the words of their language, and the Node of the site.
      env: { ...env, LANGUAGE: process.env.LANGUAGE, PATH: sitePath() },
      input: request.message,
      accept: 'any',
      signal,
      graceMs: 5000,
    });
    if (exitCode !== 0) failure = refusal(args, `${stdout}${stderr}`, exitCode, request);
  } catch (error) {
    failure = error;
  }
  const head = await headOf(repository);
  // A hook after the commit may fail, or be cut off: the commit is there all the same.
  if (head === null || head === tree.head)
    throw (
      failure ?? new OpsError('E_GIT_FAILED', 'git said that it committed, and there is no commit.')
    );
  try {
    await installIndex(repository, copy, before);
  } catch (error) {
    request.warn(
      `The commit is there, and the index is not up to date with it: ${messageOf(error)} Bring it up to date: git -C ${shellWord(repository.top)} reset`,
    );
  }
  await handOver(repository);
  if (failure !== undefined)
    request.warn(
      `The commit is there; what came after it failed: ${request.redact(messageOf(failure))}`,
    );
  return { commit: head, files: await filesOf(repository, head) };
}

async function headOf(repository: Repository): Promise<string | null> {
  const { exitCode, stdout } = await repository.look(['rev-parse', '--verify', '--quiet', 'HEAD'], {
    accept: [0, 1],
  });
  return exitCode === 0 ? stdout.toString('latin1').trim() : null;
}

async function filesOf(repository: Repository, commit: string): Promise<number> {
  const args = ['diff-tree', '-r', '-z', '--root', '-M', '--no-commit-id', '--name-only', commit];
  return fieldsOf((await repository.look(args)).stdout).length;
}

/**
 * Whether anything is staged.
 *
 * @throws OpsError E_CHANGED_MEANWHILE (exit 1) when it is something else than what was looked at
 */
async function isAsSeen(
  repository: Repository,
  { env }: IndexCopy,
  { tree, guarding, progress }: CommitRequest,
): Promise<boolean> {
  const base = tree.head === null ? [] : [tree.head];
  const listing =
    tree.head === null
      ? ['ls-files', '-z']
      : ['diff-index', '--cached', '-z', '--no-renames', '--name-only', ...base];
  const { stdout } = await repository.look(listing, { env, signal: progress.signal });
  const known = new Set(tree.entries.map(({ path }) => path.replace(/\/$/, '')));
  const staged = fieldsOf(stdout);
  for (const path of staged) if (!known.has(path)) throw changedMeanwhile(path);
  for (const [path, seen] of guarding.seen) {
    const now = await promises
      .lstat(fileOf(repository.top, path), { bigint: true })
      .then(fingerprint, () => null);
    if (now !== seen) throw changedMeanwhile(path);
  }
  return staged.length > 0;
}

function unreadable(folder: string): OpsError {
  return new OpsError(
    'E_PERMISSION',
    `${folder} cannot be read, so not everything can be committed; nothing was.`,
    {
      exit: 'requirement',
      suggestions: ['Run the command as a user who may read it, or name it in .gitignore.'],
    },
  );
}

function changedMeanwhile(path: BytePath): OpsError {
  return new OpsError(
    'E_CHANGED_MEANWHILE',
    `${shownPath(path)} changed while it was looked at; nothing was committed.`,
    { suggestions: ['Run the command again.'] },
  );
}

function refusal(
  args: readonly string[],
  output: string,
  exitCode: number,
  { redact }: CommitRequest,
): OpsError {
  const usual = gitFailed(args, output, exitCode);
  if (usual.code === 'E_DISK_FULL' || usual.code === 'E_GIT_BUSY') return usual;
  const said = redact(saidBy(output));
  return new OpsError(
    'E_COMMIT_REFUSED',
    `The commit was refused by a hook or by git, and nothing was changed${said === '' ? '.' : `: ${said}.`}`,
    { suggestions: ['Mend what is said there, and run the command again.'] },
  );
}
