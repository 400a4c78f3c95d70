import { OpsError, shellWord } from '@om-ops/kit';
import type { Repository } from '../repository/repository.ts';
import { underWay, underWayClause, underWaySuggestions } from '../repository/state.ts';
import type { WorkTree } from '../repository/work-tree.ts';

/** Where a push goes, and what it would take there. */
export interface PushTarget {
  remote: string;
  /** Without its password. */
  address: string;
  /** The branch here. */
  branch: string;
  /** Its name there. */
  remoteBranch: string;
  /** Whether the branch gets it as its upstream. */
  setsUpstream: boolean;
  /** The upstream that it has and keeps, when that is somewhere else. */
  otherUpstream: string | null;
}

/**
 * @param upstream true: set in any case; undefined: when there is none yet
 * @throws OpsError E_DETACHED, E_NO_COMMIT, E_NO_REMOTE (exit 5)
 */
export async function pushTarget(
  repository: Repository,
  tree: WorkTree,
  {
    remote,
    upstream,
    signal,
  }: { remote: string; upstream: boolean | undefined; signal: AbortSignal },
): Promise<PushTarget> {
  const at = `git -C ${shellWord(repository.top)}`;
  const { branch } = tree;
  const address = await addressOf(repository, remote, signal);
  if (address === undefined) {
    throw new OpsError('E_NO_REMOTE', `The repository has no remote ${remote}.`, {
      exit: 'requirement',
      suggestions: [
        `Add it: ${at} remote add ${remote} ADDRESS`,
        'Or name the one there is as git.remote in the site profile.',
      ],
    });
  }
  const state = underWay(repository);
  if (branch === null && state !== null) {
    throw new OpsError('E_DETACHED', `${underWayClause(state)}, on no branch: nothing is pushed.`, {
      exit: 'requirement',
      suggestions: underWaySuggestions(state),
    });
  }
  if (branch === null) {
    throw new OpsError('E_DETACHED', 'HEAD is detached: there is no branch to push.', {
      exit: 'requirement',
      suggestions: [
        `Make a branch of where you are: ${at} switch -c NAME`,
        `Or go back to one: ${at} switch BRANCH`,
      ],
    });
  }
  if (tree.head === null) {
    throw new OpsError('E_NO_COMMIT', 'There is no commit yet, so there is nothing to push.', {
      exit: 'requirement',
      suggestions: ['Make one: om-ops git commit'],
    });
  }
  const its = await repository.setting(`branch.${branch}.remote`, signal);
  const merge = await repository.setting(`branch.${branch}.merge`, signal);
  const isHere = its === remote && merge?.startsWith('refs/heads/') === true;
  const keepsName = isHere && upstream !== true;
  return {
    remote,
    address,
    branch,
    remoteBranch: keepsName ? merge.slice('refs/heads/'.length) : branch,
    setsUpstream: upstream ?? (its === undefined || merge === undefined),
    otherUpstream: its !== undefined && merge !== undefined && !isHere ? tree.upstream : null,
  };
}

async function addressOf(
  repository: Repository,
  remote: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { exitCode, stdout } = await repository.look(
    ['remote', 'get-url', '--push', '--', remote],
    {
      accept: 'any',
      signal,
    },
  );
  return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
}

export interface Outgoing {
  commits: number;
  /** About what is sent, as it lies on the disk here. */
  bytes: number;
}

/** What the server does not have, as far as it is known here: from the last fetch or push. */
export async function outgoing(
  repository: Repository,
  remote: string,
  signal: AbortSignal,
): Promise<Outgoing> {
  const range = ['HEAD', '--not', `--remotes=${remote}`];
  const [commits, bytes] = await Promise.all([
    repository.look(['rev-list', '--count', ...range], { signal }),
    repository.look(['rev-list', '--objects', '--disk-usage', ...range], { accept: 'any', signal }),
  ]);
  return { commits: Number(commits.text()), bytes: Number(bytes.text()) || 0 };
}
