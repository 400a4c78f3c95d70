import { promises } from 'node:fs';
import { shellWord, stampSecond } from '@om-ops/kit';
import { fieldsOf, shownPath } from '../repository/byte-path.ts';
import { type IndexCopy, indexCopy } from '../repository/index-copy.ts';
import { entriesOf } from '../repository/index-file.ts';
import { handOver } from '../repository/ownership.ts';
import { gitFailed, type Repository } from '../repository/repository.ts';
import { type UnderWay, underWay } from '../repository/state.ts';
import { commitTree, withoutHooks } from '../repository/tree-commit.ts';
import { readWorkTree, type WorkTree } from '../repository/work-tree.ts';
import { keepArgs, keepInOneGo } from './in-one-go.ts';
import { type LeftOut, leftOutOf } from './left-out.ts';
import { lookAtAll, unreadableOf } from './staged-copy.ts';

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
  await lookAtAll(repository, copy, signal);
  const message = request.message ?? checkpointMessage(request.now);
  const wanted = { branch: nameOf(request.now, 1), message, signal };
  const gone = await keepInOneGo(repository, copy, wanted);
  const tree = gone.seen ?? (await readWorkTree(repository, { ignored: true, signal }));
  const unreadable = await unreadableOf(repository, copy, gone.added, signal);
  const { env } = copy;
  const [written, files] = await Promise.all([
    gone.tree ?? writeTree(repository, env, signal),
    filesIn(repository, copy, signal),
  ]);
  const commit =
    gone.commit ??
    (await commitTree(repository, { tree: written, parent: tree.head, message, signal }));
  const branch = gone.branch ?? (await keepAs(repository, commit, request));
  await handOver(repository);
  const plan = about(repository, tree, request);
  const lacks = unreadable.map((path) => ({ path: shownPath(path), why: 'unreadable' }) as const);
  return {
    ...plan,
    ...named(repository, branch),
    dryRun: false,
    commit,
    files,
    leftOut: [...lacks, ...plan.leftOut],
  };
}

async function writeTree(
  repository: Repository,
  env: IndexCopy['env'],
  signal: AbortSignal,
): Promise<string> {
  return (await repository.run([...withoutHooks, 'write-tree'], { env, signal })).text();
}

async function filesIn(
  repository: Repository,
  { path, env }: IndexCopy,
  signal: AbortSignal,
): Promise<number> {
  const read = entriesOf(await promises.readFile(path));
  if (read !== undefined) return read.count;
  return fieldsOf((await repository.look(['ls-files', '-z'], { env, signal })).stdout).length;
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

/** A branch of the moment's name; the second of the same second is `-2`. */
async function keepAs(
  repository: Repository,
  commit: string,
  { now, signal }: CheckpointRequest,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const branch = nameOf(now, number);
    // The empty old value: it must not be there yet.
    const args = [...keepArgs, `refs/heads/${branch}`, commit, ''];
    const { exitCode, stderr } = await repository.run(args, { accept: 'any', signal });
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
