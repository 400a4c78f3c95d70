import { fileURLToPath } from 'node:url';
import { execForeground, isEndOfInput, untilEndOfInput } from '@om-ops/kit';
import { styleFor } from '@om-ops/kit/text';
import type { KeyPromptConfig, MenuAnswer } from './prompt.ts';
import type { World } from './rows.ts';
import type { MenuState } from './state.ts';
import type { Size } from './view.ts';

/** How the menu talks. */
export interface MenuTerminal {
  size(): Size;
  /** Shows the menu until something is to be done. @throws Left, EndOfInput */
  menu(
    state: MenuState,
    world: World,
    watch: (changed: () => void) => () => void,
  ): Promise<MenuAnswer>;
  /** Shows a line until one of its keys is pressed. @throws Left, EndOfInput */
  key<T extends string>(config: KeyPromptConfig<T>): Promise<T>;
  /** Runs a command line of om-ops on the terminal, and returns its exit code. */
  run(argv: readonly string[]): Promise<number>;
  print(text: string): void;
}

/** Somebody left with Ctrl-C, or something ends the menu from outside. */
export class Left extends Error {
  override readonly name = 'Left';
}

/** The menu on the real terminal. @param ended is aborted when the menu has to end */
export async function realTerminal(ended: AbortSignal): Promise<MenuTerminal> {
  const { keyPrompt, menuPrompt, quickenEscape } = await import('./prompt.ts');
  const style = styleFor(process.stdout);
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  quickenEscape();
  const size = () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 });
  return {
    size,
    menu: (state, world, watch) =>
      asked(ended, (signal) =>
        menuPrompt({ state, world, style, size, watch }, { signal, clearPromptOnDone: true }),
      ),
    key: async <T extends string>(config: KeyPromptConfig<T>) =>
      (await asked(ended, (signal) => keyPrompt(config, { signal, clearPromptOnDone: true }))) as T,
    run: (argv) =>
      execForeground(process.execPath, [main, ...argv], {
        env: { OM_OPS_PARENT: `menu@${process.pid}` },
        signal: ended,
      }),
    print: (text) => process.stdout.write(text),
  };
}

/** Ctrl-C and a signal from outside leave; Ctrl-D stays EndOfInput. */
async function asked<T>(ended: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await untilEndOfInput(ask, ended);
  } catch (error) {
    if (isEndOfInput(error)) throw error;
    if (ended.aborted || (error instanceof Error && error.name === 'ExitPromptError'))
      throw new Left('left');
    throw error;
  }
}
