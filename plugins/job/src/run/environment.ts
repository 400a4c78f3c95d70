import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { execLook, isOpsError, OpsError, type Site, sitePath, systemCode } from '@om-ops/kit';
import { expandEnv, readEnvFile } from '@om-ops/kit/site';
import type { NamedJob } from '../site.ts';

/**
 * Everything the script gets, and nothing of the operator's shell: PATH without om-ops' own programs, the user's
 * HOME, the variables of its env files (the first that has one counts), and its own.
 *
 * @throws OpsError E_NOT_FOUND, E_PERMISSION (exit 5) for an env file, E_NO_USER (5)
 */
export async function environmentOf(
  job: NamedJob,
  site: Site,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const assignments = new Map<
    string,
    ReturnType<typeof readEnvFile> extends Map<string, infer A> ? A : never
  >();
  for (const name of job.envFiles) {
    try {
      for (const [key, assignment] of readEnvFile(site.below(name)))
        if (!assignments.has(key)) assignments.set(key, assignment);
    } catch (error) {
      const cause = isOpsError(error) ? error.cause : error;
      if (systemCode(cause) !== 'ENOENT') throw error;
      throw new OpsError(
        'E_NOT_FOUND',
        `The env file ${site.below(name)} of the job ${job.name} is not there.`,
        {
          exit: 'requirement',
          suggestions: [
            `Correct jobs.${job.name}.envFiles in the site profile: om-ops config show`,
          ],
        },
      );
    }
  }
  const { values } = expandEnv(assignments);
  const { TZ, LANG, LC_ALL } = process.env;
  return {
    PATH: sitePath(),
    ...(await accountOf(job.user, signal)),
    LANG: LANG ?? 'C.UTF-8',
    ...(TZ === undefined ? {} : { TZ }),
    ...(LC_ALL === undefined ? {} : { LC_ALL }),
    ...Object.fromEntries(values),
    ...job.env,
  };
}

async function accountOf(
  user: string | null,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  if (user === null) {
    const { username, homedir, shell } = userInfo();
    return {
      HOME: homedir,
      USER: username,
      LOGNAME: username,
      ...(shell === null ? {} : { SHELL: shell }),
    };
  }
  const { stdout } = await execLook('getent', ['passwd', user], { signal, accept: 'any' });
  const [name, , , , , home, shell] = stdout.trim().split(':');
  if (name === undefined || home === undefined)
    throw new OpsError('E_NO_USER', `There is no user ${user} on this machine.`, {
      exit: 'requirement',
      suggestions: ['Check the user in the site profile: om-ops config show'],
    });
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell ?? '/bin/sh' };
}

/** The program of a command line: below its folder when it is relative with a slash, else looked for on PATH. */
export function programOf(program: string, cwd: string): string {
  return program.includes('/') && !isAbsolute(program) ? join(cwd, program) : program;
}
