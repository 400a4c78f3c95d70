import { fileURLToPath } from 'node:url';
import { execForeground, interrupted, shellWord, untilEndOfInput } from '@om-ops/kit';
import { printable } from '@om-ops/kit/text';
import type { MenuTerminal } from './menu.ts';

/** The menu on the real terminal. `globalArgs` go to every command: `--site FILE`. */
export function realTerminal(globalArgs: readonly string[]): MenuTerminal {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  return {
    async choose(title, choices) {
      const { rawlist } = await import('@inquirer/prompts');
      return answerTo((signal) =>
        rawlist(
          {
            message: title,
            choices: choices.map(({ value, label }) => ({
              value,
              key: value,
              name: label,
            })),
          },
          { signal },
        ),
      );
    },
    async ask({ message, choices, optional }) {
      const prompts = await import('@inquirer/prompts');
      if (choices !== undefined) {
        const none = optional === true ? [{ value: '', name: '(none)' }] : [];
        return answerTo((signal) =>
          prompts.select(
            { message, choices: [...none, ...choices.map((value) => ({ value, name: value }))] },
            { signal },
          ),
        );
      }
      return answerTo((signal) =>
        prompts.input(
          { message: optional === true ? `${message} (optional)` : message },
          { signal },
        ),
      );
    },
    say(sentence) {
      process.stdout.write(`\n${printable(sentence)}\n\n`);
    },
    async run(argv) {
      process.stdout.write(`\n$ om-ops ${argv.map(shellWord).join(' ')}\n\n`);
      const code = await execForeground(process.execPath, [main, ...argv, ...globalArgs]);
      process.stdout.write(code === 0 ? '\n' : `\n(exit ${code})\n\n`);
    },
  };
}

/** Ctrl-C at a prompt ends the program, as everywhere. @throws EndOfInput at Ctrl-D */
async function answerTo<T>(prompt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await untilEndOfInput(prompt);
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw interrupted();
    throw error;
  }
}
