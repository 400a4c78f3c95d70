import { OpsError, readEnvFiles } from '@om-ops/kit';
import { accountOf } from '@om-ops/kit/proc';
import type { PlainProcess } from '../../site.ts';

/**
 * All that a plain process is started with: what every login has, and its env file. Nothing of the operator's.
 *
 * @throws OpsError E_NO_USER (exit 5), E_NOT_FOUND (5)
 */
export async function processEnvironment({
  user,
  envFile,
}: Pick<PlainProcess, 'user' | 'envFile'>): Promise<Record<string, string>> {
  const who = user ?? process.geteuid?.() ?? 0;
  const account = await accountOf(who);
  if (account === undefined)
    throw new OpsError('E_NO_USER', `There is no user ${who} on this machine.`, {
      exit: 'requirement',
      suggestions: ['Correct `user` of the service in the site profile: om-ops config path'],
    });
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    LANG: 'C.UTF-8',
    ...(envFile === null ? {} : valuesOf(envFile)),
  };
}

function valuesOf(envFile: string): Record<string, string> {
  const { values, read } = readEnvFiles({ envFiles: [envFile], below: (path) => path });
  if (read.length > 0) return Object.fromEntries(values);
  throw new OpsError('E_NOT_FOUND', `The env file ${envFile} is not there, or cannot be read.`, {
    exit: 'requirement',
    suggestions: ['Correct `envFile` of the service in the site profile: om-ops config path'],
  });
}
