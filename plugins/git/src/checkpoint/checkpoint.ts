import { shellWord, stampSecond } from '@om-ops/kit';
import { fieldsOf, shownPath } from '../repository/byte-path.ts';
import { indexCopy } from '../repository/index-copy.ts';
import { handOver } from '../repository/ownership.ts';
import { gitFailed, type Repository } from '../repository/repository.ts';
import { type UnderWay, underWay } from '../repository/state.ts';
import { readWorkTree, type WorkTree } from '../repository/work-tree.ts';
import { type LeftOut, leftOutOf } from './left-out.ts';
import { stageAll, withoutHooks } from './staged-copy.ts';

export interface Checkpoint {
  dryRun: boolean;
  /** The top of the repository. */
  repository: string;
  branch: string;
  /** Null in a dry run. */
  commit: string | null;
  message: string;
  /** How many it holds in all; in a dry run null. */
  files: number | null;
  /** How many of them are not in HEAD as they are, those that were deleted too. */
  changed: number;
  leftOut: LeftOut[];
  /** What was under way; files with conflicts are held as they stand. */
  state: UnderWay | null;
  /** The command line that brings the files back. */
  restore: string;
}

export interface CheckpointRequest {
  message: string | undefined;
  now: Date;
  /** Absolute paths of the profile's env files. */
  envFiles: readonly string[];
  signal: AbortSignal;
}

const namePattern = /^checkpoint-\d{4}-\d\d-\d\d_\d{6}(?:-\d+)?$/;

export function isCheckpointName(branch: string): boolean {
  return namePattern.test(branch);
}

/** The commit message of one that was given none. */
export function checkpointMessage(now: Date): string {
  return `WIP: OM-Ops checkpoint ${stampSecond(now)
    .replace('_', ' ')
    .replace(/(\d\d)(\d\d)(\d\d)$/, '$1:$2:$3')}`;
}

export function restoreCommand({ top }: Repository, branch: string): string {
  return `git -C ${shellWord(top)} checkout ${branch} -- .`;
}

/** What a checkpoint would hold. Changes nothing. */
export async function planCheckpoint(
  repository: Repository,
  request: CheckpointRequest,
): Promise<Checkpoint> {
  const tree = await readWorkTree(repository, { ignored: true, signal: request.signal });
  const branch = await freeName(repository, request);
  return { ...about(repository, tree, request), ...named(repository, branch), dryRun: true };
}

/**
 * Keeps all of the work tree that is not ignored as a commit on a branch of its own. HEAD, index and work tree stay
 * as they are, to the byte; no hook runs, nothing is signed.
 *
 * @throws OpsError E_GIT_FAILED, E_DISK_FULL (exit 1), E_PERMISSION (5), E_INTERRUPTED (130)
 */
export async function makeCheckpoint(
  repository: Repository,
  request: CheckpointRequest,
): Promise<Checkpoint> {
  const { signal } = request;
  await using copy = await indexCopy(repository, 'index');
  const staging = stageAll(repository, copy, signal);
  const reading = readWorkTree(repository, { ignored: true, signal });
  // Whichever fails first is thrown; the other is over before the copy is removed.
  await Promise.allSettled([staging, reading]);
  const [unreadable, tree] = [await staging, await reading];
  const { env } = copy;
  const [written, listed] = await Promise.all([
    repository.run([...withoutHooks, 'write-tree'], { env, signal }),
    repository.look(['ls-files', '-z'], { env, signal }),
  ]);
  const message = request.message ?? checkpointMessage(request.now);
  const commit = await commitTree(repository, {
    tree: written.text(),
    parent: tree.head,
    message,
    signal,
  });
  const branch = await keepAs(repository, commit, request);
  await handOver(repository);
  const plan = about(repository, tree, request);
  const lacks = unreadable.map((path) => ({ path: shownPath(path), why: 'unreadable' }) as const);
  return {
    ...plan,
    ...named(repository, branch),
    dryRun: false,
    commit,
    files: fieldsOf(listed.stdout).length,
    leftOut: [...lacks, ...plan.leftOut],
  };
}

function about(
  repository: Repository,
  tree: WorkTree,
  { message, now, envFiles }: CheckpointRequest,
): Omit<Checkpoint, 'branch' | 'restore' | 'dryRun'> {
  return {
    repository: repository.top,
    commit: null,
    message: message ?? checkpointMessage(now),
    files: null,
    changed: tree.entries.filter(({ kind }) => kind !== 'ignored').length,
    leftOut: leftOutOf(repository.top, tree.entries, envFiles),
    state: underWay(repository),
  };
}

function named(repository: Repository, branch: string) {
  return { branch, restore: restoreCommand(repository, branch) };
}

export interface TreeCommit {
  tree: string;
  parent: string | null;
  message: string;
  signal: AbortSignal;
}

/** A commit that no hook has seen and nobody signs; who has no name in git gets that of om-ops. */
export async function commitTree(
  repository: Repository,
  { tree, parent, message, signal }: TreeCommit,
): Promise<string> {
  const args = [...withoutHooks, '-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', '--no-gpg-sign'];
  args.push(...(parent === null ? [] : ['-p', parent]), '-F', '-', tree);
  const input = message.endsWith('\n') ? message : `${message}\n`;
  const first = await repository.run(args, { input, accept: 'any', signal });
  if (first.exitCode === 0) return first.text();
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) => [
      [`GIT_${role}_NAME`, 'om-ops'],
      [`GIT_${role}_EMAIL`, 'om-ops@localhost'],
    ]),
  );
  return (await repository.run(args, { input, env, signal })).text();
}

/** A branch of the moment's name; the second of the same second is `-2`. */
async function keepAs(
  repository: Repository,
  commit: string,
  { now, signal }: CheckpointRequest,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const branch = nameOf(now, number);
    const args = [
      ...withoutHooks,
      'update-ref',
      '-m',
      'om-ops: checkpoint',
      `refs/heads/${branch}`,
    ];
    // The empty old value: it must not be there yet.
    const { exitCode, stderr } = await repository.run([...args, commit, ''], {
      accept: 'any',
      signal,
    });
    if (exitCode === 0) return branch;
    if (!(await isTaken(repository, branch, signal))) throw gitFailed(args, stderr, exitCode);
  }
}

async function freeName(
  repository: Repository,
  { now, signal }: CheckpointRequest,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const branch = nameOf(now, number);
    if (!(await isTaken(repository, branch, signal))) return branch;
  }
}

function nameOf(now: Date, number: number): string {
  return `checkpoint-${stampSecond(now)}${number === 1 ? '' : `-${number}`}`;
}

async function isTaken(
  repository: Repository,
  branch: string,
  signal: AbortSignal,
): Promise<boolean> {
  const args = ['show-ref', '--verify', '--quiet', `refs/heads/${branch}`];
  return (await repository.look(args, { accept: [0, 1], signal })).exitCode === 0;
}
