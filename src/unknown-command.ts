import { type Interfaces, OpsError, shellWord } from '@om-ops/kit';
import { nearest } from '@om-ops/kit/site';
import { hookError } from './hook-error.ts';

type Config = Pick<Interfaces.Config, 'commandIDs' | 'findCommand'>;

/** What is wrong with words that are no command, and the nearest one, word by word. */
export async function unknownCommand(words: readonly string[], config: Config): Promise<OpsError> {
  const behind = argumentOfCommand(words, config);
  if (behind !== undefined) return behind;
  const ids = config.commandIDs.map((id) => id.split(':'));
  const spoken = words.slice(0, 2).join(' ');
  const [first = '', second] = words;
  const tops = new Set(ids.map(([top]) => top!));
  const top = tops.has(first) ? first : await nearest(first, tops);
  const below = ids.flatMap(([one, sub]) => (one === top && sub !== undefined ? [sub] : []));
  const sub =
    second === undefined || below.includes(second) ? second : await nearest(second, below);
  const near = nearestLine(
    top,
    below.length === 0 ? undefined : sub,
    below.length > 0 && second !== undefined,
  );
  const suggestions = near === undefined ? [] : [`Did you mean: om-ops ${near}`];
  if (near === undefined && top === first && below.length > 0)
    suggestions.push(`\`om-ops ${first}\` has: ${[...new Set(below)].sort().join(', ')}`);
  suggestions.push(
    `See the commands there are: om-ops ${tops.has(first) ? `${first} ` : ''}--help`,
  );
  return refusal(`There is no command \`om-ops ${spoken}\`.`, suggestions);
}

function nearestLine(
  top: string | undefined,
  sub: string | undefined,
  wantsSub: boolean,
): string | undefined {
  if (top === undefined || (wantsSub && sub === undefined)) return undefined;
  return sub === undefined ? top : `${top} ${sub}`;
}

/** `changelog start "My title"`: a command that takes no such word, though a flag of it may. */
function argumentOfCommand(words: readonly string[], config: Config): OpsError | undefined {
  for (let length = words.length - 1; length >= 1; length -= 1) {
    const command = config.findCommand(words.slice(0, length).join(':'));
    if (command === undefined) continue;
    const rest = words.slice(length).join(' ');
    const name = command.id.replaceAll(':', ' ');
    const flag = Object.values(command.flags).find(
      (flag) => flag.type === 'option' && flag.required === true && flag.options === undefined,
    );
    return refusal(`\`${name}\` takes no argument ${shellWord(rest)}.`, [
      ...(flag === undefined
        ? []
        : [`The ${flag.name} goes behind a flag: --${flag.name} ${doubleQuoted(rest)}`]),
      `See how it is used: om-ops ${name} --help`,
    ]);
  }
  return undefined;
}

function doubleQuoted(text: string): string {
  return /^[\w .,;:@%+/-]*$/.test(text) ? `"${text}"` : shellWord(text);
}

/** What a word that begins with a hyphen and stands first is told. */
export function flagFirst(flag: string): OpsError {
  return refusal(`A command comes before its flags; \`${flag}\` stands first.`, [
    ...(/^-[vV]$/.test(flag) ? ['For the version: om-ops --version'] : []),
    'For example: om-ops backup list --json',
    'See the commands there are: om-ops --help',
  ]);
}

function refusal(message: string, suggestions: readonly string[]): OpsError {
  return hookError(new OpsError('E_UNKNOWN_COMMAND', message, { exit: 'usage', suggestions }));
}
