import { closeSync, fchownSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { exec, fromSystemError, type Progress } from '@om-ops/kit';
import { accountOf } from '@om-ops/kit/proc';
import type { PlainProcess } from '../../site.ts';
import { processEnvironment } from './environment.ts';

/** The shell becomes the process: its pid is the one that stands in the file. */
const script =
  'exec >&3 2>&3 3>&-; pidfile=$1; shift; if [ -n "$pidfile" ]; then echo $$ > "$pidfile"; fi; exec "$@"';

/**
 * Starts a plain process in a session of its own, with its output appended to its file, and writes its pid file.
 *
 * @param environment all of it; default: that of the profile
 * @throws OpsError E_NO_USER, E_NOT_FOUND, E_PERMISSION (exit 5)
 */
export async function startProcess(
  plain: PlainProcess,
  { signal, report }: Progress,
  environment?: Record<string, string>,
): Promise<void> {
  const { argv, cwd, user, pidfile, output } = plain;
  const env = environment ?? (await processEnvironment(plain));
  report({ stage: `starting ${argv[0]}` });
  const log = await openOutput(output, user);
  try {
    await exec('setsid', ['--fork', '/bin/sh', '-c', script, 'sh', pidfile ?? '', ...argv], {
      cwd,
      env,
      inheritEnv: false,
      inherit: [log],
      detached: true,
      signal,
      ...(user === null ? {} : { user }),
    });
  } finally {
    closeSync(log);
  }
}

async function openOutput(path: string, user: string | null): Promise<number> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const log = openSync(path, 'a', 0o640);
    const account = user === null ? undefined : await accountOf(user);
    if (account !== undefined && process.geteuid?.() === 0)
      fchownSync(log, account.uid, account.gid);
    return log;
  } catch (error) {
    throw fromSystemError(error, 'open the log', path);
  }
}
