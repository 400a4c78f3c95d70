import { basename } from 'node:path';
import type { Repository } from '../repository/repository.ts';

/** The environment of what connects: an SSH that fails instead of asking for a password or an unknown host. */
export async function connection(
  repository: Repository,
  signal: AbortSignal,
  inherited: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
  const command =
    inherited.GIT_SSH_COMMAND ?? (await repository.setting('core.sshCommand', signal));
  if (command === undefined && inherited.GIT_SSH !== undefined) return {};
  const base = command ?? 'ssh';
  // Another program that only passes for one may not know the option.
  const program = basename(
    /^\s*(?:'([^']+)'|"([^"]+)"|(\S+))/.exec(base)?.slice(1).find(Boolean) ?? '',
  );
  return /ssh/i.test(program) ? { GIT_SSH_COMMAND: `${base} -o BatchMode=yes` } : {};
}
