import { OpsError, shellWord, sitePath } from '@om-ops/kit';
import { handOver } from '../repository/ownership.ts';
import type { Repository } from '../repository/repository.ts';
import { connection } from './connection.ts';
import { pushFailure } from './failure.ts';
import type { PushTarget } from './remote.ts';

export interface PushRequest {
  target: PushTarget;
  /** With force-with-lease: the commit that has to be there on the server. */
  lease: string | undefined;
  redact(text: string): string;
  signal: AbortSignal;
}

export interface Pushed {
  /** False: the server had it already. */
  pushed: boolean;
  /** What the server said meanwhile, without secrets. */
  said: string[];
}

/** The arguments behind `git`. Never a force but with a lease. */
export function pushArguments(target: PushTarget, lease: string | undefined): string[] {
  const { remote, branch, remoteBranch, setsUpstream } = target;
  return [
    ...['push', '--porcelain', ...(setsUpstream ? ['--set-upstream'] : [])],
    ...(lease === undefined ? [] : [`--force-with-lease=refs/heads/${remoteBranch}:${lease}`]),
    ...[remote, `refs/heads/${branch}:refs/heads/${remoteBranch}`],
  ];
}

export function pushCommandLine(target: PushTarget, lease: string | undefined): string {
  return ['git', ...pushArguments(target, lease)].map(shellWord).join(' ');
}

/**
 * Pushes one branch. Nothing asks for anything: what needs a password that git does not have fails.
 *
 * @throws OpsError E_PUSH_REFUSED, E_DIVERGED, E_STALE_LEASE, E_REMOTE_UNREACHABLE (exit 1), E_NO_CREDENTIALS,
 * E_NO_REMOTE (5), E_INTERRUPTED (130)
 */
export async function pushBranch(repository: Repository, request: PushRequest): Promise<Pushed> {
  const { target, lease, redact, signal } = request;
  const args = pushArguments(target, lease);
  const env = await connection(repository, signal);
  const { exitCode, stdout, stderr } = await repository.run(args, {
    // A hook before the push runs on the Node of the site.
    env: { ...env, PATH: sitePath() },
    accept: 'any',
    signal,
    graceMs: 5000,
  });
  await handOver(repository);
  const said = serverSaid(stderr).map(redact);
  const reference = referenceOf(stdout.toString('utf8'));
  if (exitCode === 0 && reference !== undefined && reference.flag !== '!')
    return { pushed: reference.flag !== '=', said };
  throw await pushFailure(repository, { ...request, env, said, reference, stderr, exitCode });
}

export interface PushedReference {
  /** `*` new, `=` up to date, a blank forward, `+` forced, `!` refused. */
  flag: string;
  /** `[rejected] (fetch first)`. */
  summary: string;
}

/** Of `FLAG\tFROM:TO\tSUMMARY (REASON)`. */
export function referenceOf(porcelain: string): PushedReference | undefined {
  const [, flag, summary] = /^([ +\-*=!])\t[^\t\n]*\t([^\n]*)$/m.exec(porcelain) ?? [];
  return flag === undefined ? undefined : { flag, summary: summary?.trim() ?? '' };
}

/** What the server's hooks printed. */
export function serverSaid(stderr: string): string[] {
  return stderr
    .split(/[\r\n]+/)
    .filter((line) => line.startsWith('remote:'))
    .map((line) => line.slice('remote:'.length).trim())
    .filter((line) => line !== '');
}

/** A commit that stands in a lease. @throws OpsError E_BAD_LEASE (exit 2) */
export async function leaseOf(repository: Repository, given: string): Promise<string> {
  const { exitCode, stdout } = await repository.look(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${given}^{commit}`],
    { accept: 'any' },
  );
  if (exitCode === 0) return stdout.toString('latin1').trim();
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(given)) return given;
  throw new OpsError('E_BAD_LEASE', `${given} is no commit that is known here.`, {
    exit: 'usage',
    suggestions: [
      'Name the commit that you expect on the server, by its whole hash: --force-with-lease HASH',
    ],
  });
}
