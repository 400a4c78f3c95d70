import { clauseOf, OpsError, shellWord } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type Repository, saidBy } from '../repository/repository.ts';
import type { PushedReference, PushRequest } from './push.ts';

interface Failed extends PushRequest {
  env: Record<string, string>;
  said: readonly string[];
  reference: PushedReference | undefined;
  stderr: string;
  exitCode: number;
}

const noCredentials =
  /could not read (?:Username|Password)|terminal prompts disabled|Authentication failed|Permission denied \(|Host key verification failed|HTTP Basic: Access denied|The requested URL returned error: 40[13]/i;
const noRemote =
  /does not appear to be a git repository|Repository not found|repository '.*' not found|The requested URL returned error: 404/i;
const unreachable =
  /Could not resolve host|Could not connect|Couldn't connect|Failed to connect|Connection (?:refused|timed out|reset|closed)|No route to host|Network is unreachable|unable to access/i;

/** Why a push failed, and what to do next. */
export async function pushFailure(repository: Repository, failed: Failed): Promise<OpsError> {
  const { reference, stderr, redact, target } = failed;
  if (reference?.flag === '!') return refused(repository, failed, reference);
  const why = redact(clauseOf(saidBy(stderr).split('\n')[0] ?? ''));
  const where = `${target.remote} (${redact(target.address)})`;
  if (noCredentials.test(stderr)) {
    const isHost = /Host key verification failed/.test(stderr);
    return new OpsError('E_NO_CREDENTIALS', `${where} lets nobody in: ${why}.`, {
      exit: 'requirement',
      suggestions: isHost
        ? ['The host is not known here: connect to it once by hand, with ssh, and compare its key.']
        : [
            'Give the user who runs om-ops a key or a credential helper for it.',
            `Try it by hand: git -C ${shellWord(repository.top)} ls-remote ${target.remote}`,
          ],
    });
  }
  if (noRemote.test(stderr)) {
    return new OpsError('E_NO_REMOTE', `There is no repository at ${where}: ${why}.`, {
      exit: 'requirement',
      suggestions: [
        `Correct its address: git -C ${shellWord(repository.top)} remote set-url ${target.remote} ADDRESS`,
      ],
    });
  }
  if (unreachable.test(stderr)) {
    return new OpsError('E_REMOTE_UNREACHABLE', `${where} cannot be reached: ${why}.`, {
      suggestions: ['Run the command again when the network is there.'],
    });
  }
  return new OpsError(
    'E_PUSH_FAILED',
    `The push to ${where} failed with exit code ${failed.exitCode}${why === '' ? '.' : `: ${why}.`}`,
  );
}

async function refused(
  repository: Repository,
  failed: Failed,
  { summary }: PushedReference,
): Promise<OpsError> {
  const { said, target, redact } = failed;
  const reason = redact(/\(([^()]*)\)$/.exec(summary)?.[1] ?? summary);
  if (/fetch first|non-fast-forward|needs force/.test(summary)) return diverged(repository, failed);
  if (/stale info/.test(summary)) {
    return new OpsError(
      'E_STALE_LEASE',
      `${target.remote}/${target.remoteBranch} is not what you expect; nothing was pushed.`,
      {
        suggestions: [
          `See what is there: git -C ${shellWord(repository.top)} ls-remote ${target.remote} refs/heads/${target.remoteBranch}`,
        ],
      },
    );
  }
  const words = said.length === 0 ? '' : ` ${said.join(' ')}`;
  return new OpsError(
    'E_PUSH_REFUSED',
    `${target.remote} refused the push: ${reason}.${words === '' ? '' : ` It says:${words}`}`,
    { suggestions: ['Mend what the server says, and push again.'] },
  );
}

/** Looks at what the server has, and says how far the two are apart. */
async function diverged(
  repository: Repository,
  { target, env, signal }: Failed,
): Promise<OpsError> {
  const { remote, remoteBranch } = target;
  const at = `git -C ${shellWord(repository.top)}`;
  const fetched = await repository.run(
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-auto-maintenance',
      remote,
      `refs/heads/${remoteBranch}`,
    ],
    { env, accept: 'any', signal },
  );
  const counted = await repository.look(
    ['rev-list', '--left-right', '--count', 'HEAD...FETCH_HEAD'],
    {
      accept: 'any',
      signal,
    },
  );
  const [ahead, behind] = counted.text().split('\t').map(Number);
  const standing =
    fetched.exitCode === 0 && counted.exitCode === 0
      ? `${plural(ahead ?? 0, 'commit')} ahead and ${plural(behind ?? 0, 'commit')} behind`
      : 'behind by commits that could not be fetched';
  return new OpsError(
    'E_DIVERGED',
    `${remote}/${remoteBranch} has commits that are not here: this branch is ${standing}. Nothing was pushed.`,
    {
      suggestions: [
        `See them: ${at} log HEAD..${remote}/${remoteBranch}`,
        `Put yours on top of them: ${at} pull --rebase ${remote} ${shellWord(remoteBranch)}`,
      ],
    },
  );
}
