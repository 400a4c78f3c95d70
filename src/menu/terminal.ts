import { fileURLToPath } from 'node:url';
import { execForeground } from '@om-ops/kit';
import type { MenuTerminal } from './menu.ts';

/** The menu on the real terminal. `globalArgs` go to every command: `--site FILE`. */
export function realTerminal(globalArgs: readonly string[]): MenuTerminal {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  return {
    async choose(title, choices) {
      const { select } = await import('@inquirer/prompts');
      return orUndefined(
        select({
          message: title,
          pageSize: 15,
          choices: choices.map(({ value, label }) => ({
            value,
            name: `${value.padStart(2)}  ${label}`,
          })),
        }),
      );
    },
    async ask({ message, choices, optional }) {
      const prompts = await import('@inquirer/prompts');
      if (choices !== undefined) {
        const none = optional === true ? [{ value: '', name: '(none)' }] : [];
        return orUndefined(
          prompts.select({
            message,
            choices: [...none, ...choices.map((value) => ({ value, name: value }))],
          }),
        );
      }
      return orUndefined(
        prompts.input({ message: optional === true ? `${message} (optional)` : message }),
      );
    },
    async run(argv) {
      process.stdout.write(`\n$ om-ops ${argv.join(' ')}\n\n`);
      const code = await execForeground(process.execPath, [main, ...argv, ...globalArgs]);
      process.stdout.write(code === 0 ? '\n' : `\n(exit ${code})\n\n`);
    },
  };
}

/** Ctrl-C and Esc at a prompt mean: out of here. */
async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (
      error instanceof Error &&
      (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')
    ) {
      return undefined;
    }
    throw error;
  }
}
