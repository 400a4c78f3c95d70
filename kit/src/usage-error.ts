import { isOpsError, OpsError } from './errors.ts';
import { nearest } from './site/nearest.ts';

interface ParserError extends Error {
  parse?: { output?: { nonExistentFlags?: string[] } };
  flags?: string[];
  args?: unknown[];
  oclif?: { exit?: number };
}

/** True for what oclif's parser throws at wrong flags and arguments. */
export function isUsageError(error: unknown): error is ParserError {
  return (
    error instanceof Error &&
    !isOpsError(error) &&
    ('parse' in error || (error as ParserError).oclif?.exit === 2)
  );
}

/** oclif's multi-line parser error as one sentence, with the nearest flag and the way to the help. */
export async function usageError(
  error: ParserError,
  command: string,
  flags: readonly string[],
): Promise<OpsError> {
  const lines = error.message
    .replace(/See more help with --help/g, '')
    .replace(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('The following error'));
  const message = lines
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/^Parsing (--\S+) /, '$1: ');
  const suggestions: string[] = [];
  for (const flag of error.flags ?? []) {
    const near = flag.startsWith('--')
      ? await nearest(flag.slice(2).split('=')[0] ?? '', flags)
      : undefined;
    if (near !== undefined) suggestions.push(`Did you mean --${near}?`);
  }
  suggestions.push(`See how it is used: om-ops ${command.replaceAll(':', ' ')} --help`);
  const sentence =
    message === ''
      ? 'The command was used wrongly.'
      : /[.?!]$/.test(message)
        ? message
        : `${message}.`;
  return new OpsError('E_USAGE', sentence, { exit: 'usage', suggestions, cause: error });
}
