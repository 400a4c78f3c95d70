import { OpsError } from '@om-ops/kit';
import type { Repository } from '../repository/repository.ts';
import { withoutHooks } from '../repository/tree-commit.ts';
import { isCheckpointName, restoreCommand } from './checkpoint.ts';

export interface KeptCheckpoint {
  branch: string;
  commit: string;
  /** ISO 8601. */
  time: string;
  message: string;
  /** The command line that brings its files back. */
  restore: string;
}

/** Newest first. */
export async function listCheckpoints(
  repository: Repository,
  signal: AbortSignal,
): Promise<(KeptCheckpoint & { isCheckedOut: boolean })[]> {
  const format = [
    'refname:short',
    'objectname',
    'committerdate:iso-strict',
    'worktreepath',
    'subject',
  ];
  const { stdout } = await repository.look(
    [
      'for-each-ref',
      `--format=${format.map((field) => `%(${field})`).join('%00')}`,
      '--sort=-refname',
      '--sort=-committerdate',
      'refs/heads/checkpoint-*',
    ],
    { signal },
  );
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [branch = '', commit = '', time = '', place = '', message = ''] = line.split('\0');
      const restore = restoreCommand(repository, branch);
      return { branch, commit, time, message, restore, isCheckedOut: place !== '' };
    })
    .filter(({ branch }) => isCheckpointName(branch));
}

/** Deletes one, if it is still what was shown. @throws OpsError E_CHANGED_MEANWHILE (exit 1) */
export async function dropCheckpoint(
  repository: Repository,
  { branch, commit }: Pick<KeptCheckpoint, 'branch' | 'commit'>,
): Promise<void> {
  const args = [...withoutHooks, 'update-ref', '-d', `refs/heads/${branch}`, commit];
  const { exitCode } = await repository.run(args, { accept: 'any' });
  if (exitCode !== 0)
    throw new OpsError('E_CHANGED_MEANWHILE', `${branch} is not what was shown any more.`);
}

export async function bringBackCheckpoint(
  repository: Repository,
  { branch, commit }: Pick<KeptCheckpoint, 'branch' | 'commit'>,
): Promise<void> {
  await repository.run([...withoutHooks, 'update-ref', `refs/heads/${branch}`, commit, '']);
}
