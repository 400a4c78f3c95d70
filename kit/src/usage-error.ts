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

/** A flag as the parser's definitions have it. */
export interface KnownFlag {
  type?: string | undefined;
  options?: readonly string[] | undefined;
}

/** oclif's multi-line parser error as sentences, with the nearest flag or value and the way to the help. */
export async function usageError(
  error: ParserError,
  command: string,
  flags: Readonly<Record<string, KnownFlag>>,
): Promise<OpsError> {
  const lines = error.message
    .replace(/See more help with --help/g, '')
    .replace(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('The following error'));
  const missing = lines.flatMap(
    (line) => /^Missing required flag (\S+?)\.?$/.exec(line)?.[1] ?? [],
  );
  const others = lines.filter((line) => !line.startsWith('Missing required flag '));
  const sentences = [
    ...(missing.length === 0 ? [] : [missingFlags(missing, flags)]),
    ...(others.length === 0 && missing.length > 0 ? [] : [sentenceOf(others)]),
  ];
  const suggestions: string[] = [];
  for (const flag of error.flags ?? []) {
    const near = flag.startsWith('--')
      ? await nearest(flag.slice(2).split('=')[0] ?? '', Object.keys(flags))
      : undefined;
    if (near !== undefined) suggestions.push(`Did you mean --${near}?`);
  }
  suggestions.push(...(await valueHints(others.join(' '))));
  suggestions.push(`See how it is used: om-ops ${command.replaceAll(':', ' ')} --help`);
  return new OpsError('E_USAGE', sentences.join(' '), {
    exit: 'usage',
    suggestions,
    cause: error,
  });
}

function sentenceOf(lines: readonly string[]): string {
  const message = lines
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/^Parsing (--\S+) /, '$1: ');
  if (message === '') return 'The command was used wrongly.';
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

/** `--actor (user, cursor, assistant or system) and --text are missing.` */
function missingFlags(
  names: readonly string[],
  flags: Readonly<Record<string, KnownFlag>>,
): string {
  const shown = names.map((name) => {
    const options = flags[name]?.options ?? [];
    return options.length === 0 ? `--${name}` : `--${name} (${listed(options, 'or')})`;
  });
  return `${listed(shown, 'and')} ${names.length === 1 ? 'is' : 'are'} missing.`;
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

async function valueHints(message: string): Promise<string[]> {
  const lacking = /Flag --(\S+) expects a value/.exec(message)?.[1];
  if (lacking !== undefined)
    return lacking === 'text'
      ? ["A text that is a flag's name goes through stdin: --text -"]
      : [`Write it behind the flag: --${lacking} VALUE`];
  const wrong = /Expected --(\S+?)=(\S+) to be one of: (.+?)\.?$/.exec(message);
  if (wrong === null) return [];
  const near = await nearest(wrong[2]!, wrong[3]!.split(/,\s*/));
  return near === undefined ? [] : [`Did you mean --${wrong[1]} ${near}?`];
}
