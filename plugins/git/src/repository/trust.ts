import { OpsError, shellWord } from '@om-ops/kit';
import { git } from '../git.ts';
import { gitEnvironment } from './environment.ts';
import type { RepositoryPlace } from './repository.ts';

/** As whom git runs; undefined: as whom om-ops runs. */
export type RunsAs = { uid: number; gid: number } | undefined;

/**
 * As whom git may run in a repository. Its settings and hooks are programs that its owner chose: in that of another user
 * git refuses to run unless `safe.directory` names it. Root can do better, and lets git run as the owner.
 *
 * @throws OpsError E_FOREIGN_REPOSITORY (exit 5) for who is neither root nor the owner
 */
export async function runsAs(
  { top, owner }: RepositoryPlace,
  signal: AbortSignal | undefined,
): Promise<RunsAs> {
  if (owner === undefined) return undefined;
  // Who is root by sudo is no more to be tricked than root: git would take his word.
  const env = { ...gitEnvironment(false), SUDO_UID: undefined };
  const { exitCode, stderr } = await git.look(['-C', top, 'rev-parse', '--git-dir'], {
    env,
    accept: 'any',
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode === 0 || !stderr.includes('dubious ownership')) return undefined;
  if (process.geteuid?.() === 0) return owner;
  throw new OpsError(
    'E_FOREIGN_REPOSITORY',
    `${top} belongs to another user (uid ${owner.uid}), whose hooks and settings git would run as you.`,
    {
      exit: 'requirement',
      suggestions: [
        'Run the command as its owner, or with sudo: then it runs as the owner.',
        `If you trust the owner: git config --global --add safe.directory ${shellWord(top)}`,
      ],
    },
  );
}
