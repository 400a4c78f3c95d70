import { type Command, OpsError } from '@om-ops/kit';
import { hookError } from './hook-error.ts';

/**
 * For `--text -h`: oclif shows the help for it, with exit 0, and what was to be written down is lost. Undefined
 * when the help is what was asked for.
 */
export function helpAsValue(
  command: Command.Loadable,
  argv: readonly string[],
): OpsError | undefined {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const options = Object.values(command.flags).filter(({ type }) => type === 'option');
  for (const [at, word] of words.entries()) {
    if (word !== '-h' && word !== '--help') continue;
    const before = words[at - 1] ?? '';
    const flag = options.find(({ name, char }) => before === `--${name}` || before === `-${char}`);
    if (flag === undefined) continue;
    const name = command.id.replaceAll(':', ' ');
    const error = new OpsError('E_USAGE', `Flag --${flag.name} expects a value, not ${word}.`, {
      exit: 'usage',
      suggestions: [
        ...(flag.name === 'text'
          ? ["A text that is a flag's name goes through stdin: --text -"]
          : [`If it is one, write it together: --${flag.name}=${word}`]),
        `See how it is used: om-ops ${name} --help`,
      ],
    });
    return hookError(error);
  }
  return undefined;
}
