import { existsSync } from 'node:fs';
import { interrupted, isOpsError, messageOf, OpsError, systemCode } from './errors.ts';
import { Redactor } from './redact.ts';

/** The error for a program that is not on PATH. `install`: how to get it, as a sentence. */
export function programMissing(
  program: string,
  install = `Install it, or put it on PATH: ${program}`,
): OpsError {
  return new OpsError('E_PROGRAM_MISSING', `The program \`${program}\` was not found.`, {
    exit: 'requirement',
    suggestions: [install, 'Check what else is missing: om-ops doctor'],
  });
}

/** How a program ended, as execa says it. */
export interface Ended {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut?: boolean;
  isCanceled?: boolean;
  cause?: unknown;
}

interface Asked {
  cwd?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  install?: string;
}

/** Only words of ours leave here: execa's own error quotes the command line. */
export function programFailure(
  program: string,
  ended: Ended,
  stderr: string,
  asked: Asked,
): OpsError {
  const { reason } = asked.signal ?? {};
  const isLate = ended.timedOut === true || (reason as Error | undefined)?.name === 'TimeoutError';
  if (!isLate && (ended.isCanceled === true || asked.signal?.aborted === true))
    return isOpsError(reason) ? reason : interrupted();
  const refused = startRefused(program, ended.cause, asked);
  if (refused !== undefined) return refused;
  const said = new Redactor().foreign(lastLines(stderr));
  const why = said === '' && ended.cause !== undefined ? messageOf(ended.cause) : said;
  const tail = why === '' ? '.' : `: ${why}`;
  if (isLate) {
    const limit = asked.timeoutMs === undefined ? 'in time' : `within ${asked.timeoutMs / 1000} s`;
    return new OpsError('E_PROGRAM_TIMED_OUT', `\`${program}\` did not end ${limit}${tail}`);
  }
  const how =
    ended.signal === undefined
      ? `failed with exit code ${ended.exitCode ?? '?'}`
      : `was ended by ${ended.signal}`;
  return new OpsError('E_PROGRAM_FAILED', `\`${program}\` ${how}${tail}`);
}

function startRefused(program: string, cause: unknown, asked: Asked): OpsError | undefined {
  switch (systemCode(cause)) {
    case 'ENOENT':
      if (asked.cwd === undefined || existsSync(asked.cwd))
        return programMissing(program, asked.install);
      return new OpsError(
        'E_NOT_FOUND',
        `Cannot run \`${program}\` in ${asked.cwd}: there is no such folder.`,
        {
          exit: 'requirement',
          suggestions: ['Check the path in the site profile: om-ops config show'],
        },
      );
    case 'EACCES':
      return new OpsError(
        'E_PERMISSION',
        `\`${program}\` may not be executed: permission denied.`,
        {
          exit: 'requirement',
          suggestions: ['Run the command with sudo, or as the user who owns the program.'],
        },
      );
    default:
      return undefined;
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join('\n').slice(-1000);
}
