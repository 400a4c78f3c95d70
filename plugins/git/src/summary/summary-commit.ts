import { lstatSync } from 'node:fs';
import { join, relative } from 'node:path';
import { messageOf, OpsError, type Progress, shellWord } from '@om-ops/kit';
import { type BytePath, fieldsOf, shownPath } from '../repository/byte-path.ts';
import { type IndexCopy, indexCopy } from '../repository/index-copy.ts';
import { handOver } from '../repository/ownership.ts';
import { gitFailed, type Repository } from '../repository/repository.ts';
import { commitTree } from '../repository/tree-commit.ts';
import { filesWithSecrets, type SecretFile, type SummaryFile } from './pages.ts';

export interface SummaryCommitRequest {
  /** Absolute. */
  folder: string;
  /** Below the folder: added also where git is told to ignore them. */
  files: readonly SummaryFile[];
  /** The commit that HEAD is; null when there is none. */
  head: string | null;
  message: string;
  known: ReadonlyMap<string, string>;
  warn(message: string): void;
  progress: Progress;
}

export interface SummaryCommitted {
  /** Null: the folder is as it was committed. */
  commit: string | null;
  files: number;
  refused: SecretFile[];
}

/** Paths are names and no patterns. */
const literal = { GIT_LITERAL_PATHSPECS: '1' };

/**
 * Commits one folder and nothing else, whatever else is staged or changed: in an index of our own, made from HEAD. The
 * user's index gets the files of the folder as they are committed, or it would say that they were removed; all else in it
 * stays.
 *
 * @throws OpsError E_CHANGED_MEANWHILE, E_GIT_FAILED (exit 1)
 */
export async function commitSummary(
  repository: Repository,
  request: SummaryCommitRequest,
): Promise<SummaryCommitted> {
  const { folder, files, head, progress } = request;
  const { signal } = progress;
  await using copy = await indexCopy(repository, 'nothing');
  const env = { ...copy.env, ...literal };
  const below = relative(repository.top, folder);
  if (head !== null) await repository.run(['read-tree', head], { env, signal });
  await repository.run(['add', '--all', '--', below], { env, signal });
  if (files.length > 0)
    await repository.run(['add', '--force', '--pathspec-from-file=-', '--pathspec-file-nul'], {
      env,
      input: files.map(({ path }) => `${join(below, path)}\0`).join(''),
      signal,
    });
  const changed = await changedIn(repository, env, head, signal);
  if (changed.length === 0) return { commit: null, files: 0, refused: [] };
  const refused = await secretsAmong(repository, changed, request);
  if (refused.length > 0) return { commit: null, files: changed.length, refused };
  const tree = (await repository.run(['write-tree'], { env, signal })).text();
  const { message } = request;
  const commit = await commitTree(repository, { tree, parent: head, message, signal });
  await moveHead(repository, commit, head);
  try {
    await takeOver(repository, copy, changed);
  } catch (error) {
    request.warn(
      `The commit is there, and the index is not up to date with it: ${messageOf(error)} Bring it up to date: git -C ${shellWord(repository.top)} reset -- ${shellWord(below)}`,
    );
  }
  await handOver(repository);
  return { commit, files: changed.length, refused };
}

async function changedIn(
  repository: Repository,
  env: Readonly<Record<string, string>>,
  head: string | null,
  signal: AbortSignal,
): Promise<BytePath[]> {
  const args =
    head === null
      ? ['ls-files', '-z']
      : ['diff-index', '--cached', '-z', '--no-renames', '--name-only', head];
  return fieldsOf((await repository.look(args, { env, signal })).stdout);
}

/** Of the files in the folder that nobody has copied there, too. */
async function secretsAmong(
  repository: Repository,
  changed: readonly BytePath[],
  { known, progress }: SummaryCommitRequest,
): Promise<SecretFile[]> {
  const files = changed.map(shownPath).flatMap((path) => {
    const stat = lstatSync(join(repository.top, path), { throwIfNoEntry: false });
    return stat?.isFile() ? [{ path, bytes: stat.size }] : [];
  });
  return filesWithSecrets(repository.top, files, known, progress);
}

async function moveHead(
  repository: Repository,
  commit: string,
  head: string | null,
): Promise<void> {
  const args = ['update-ref', '-m', 'om-ops: daily summary', 'HEAD', commit, head ?? ''];
  const { exitCode, stderr } = await repository.run(args, { accept: 'any' });
  if (exitCode === 0) return;
  if (!/but expected|reference already exists/.test(stderr))
    throw gitFailed(args, stderr, exitCode);
  throw new OpsError(
    'E_CHANGED_MEANWHILE',
    'Another git has moved the branch meanwhile; nothing was committed.',
    {
      suggestions: ['Run the command again.'],
    },
  );
}

/** The entries of these paths, and no others. */
async function takeOver(
  repository: Repository,
  { env }: IndexCopy,
  paths: readonly BytePath[],
): Promise<void> {
  const { stdout } = await repository.look(['ls-files', '-z', '--stage'], { env });
  const there = new Map(
    fieldsOf(stdout).map((field) => [field.slice(field.indexOf('\t') + 1), field] as const),
  );
  const none = '0'.repeat(40);
  const lines = paths.map((path) => `${there.get(path) ?? `0 ${none}\t${path}`}\0`);
  await repository.run(['update-index', '-z', '--index-info'], {
    input: Buffer.from(lines.join(''), 'latin1'),
  });
  // Without the times of the files every look at the index would read them again.
  await repository.run(['update-index', '-q', '--refresh'], { accept: 'any' });
}

/** Commits that the server does not have and that change the folder. */
export async function unpushedSummaries(
  repository: Repository,
  remote: string,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const range = ['HEAD', '--not', `--remotes=${remote}`, '--', relative(repository.top, folder)];
  const { text } = await repository.look(['rev-list', '--count', ...range], {
    env: literal,
    signal,
  });
  return Number(text());
}
