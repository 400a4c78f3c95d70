import { isEndOfInput, untilEndOfInput } from './end-of-input.ts';
import { interrupted, OpsError } from './errors.ts';
import { confirmPhrase } from './flags.ts';

export interface ConfirmOptions {
  /** What is about to happen, as a sentence. */
  what: string;
  /** From `--confirm`. */
  given: string | undefined;
  /** Whether somebody can be asked. */
  interactive: boolean;
  signal: AbortSignal;
}

/** @throws OpsError E_UNCONFIRMED (exit 3) unless the phrase was given or typed. */
export async function confirm({ what, given, interactive, signal }: ConfirmOptions): Promise<void> {
  if (given === confirmPhrase) return;
  if (given === undefined && interactive) {
    const { input } = await import('@inquirer/prompts');
    let typed = '';
    try {
      typed = await untilEndOfInput(
        (signal) =>
          input(
            { message: `${what}\nType ${confirmPhrase} to go on:` },
            { signal, output: process.stderr },
          ),
        signal,
      );
    } catch (error) {
      // Ctrl-C at the prompt reaches us as the prompt's own error; Ctrl-D says no.
      if (!isEndOfInput(error)) throw interrupted();
    }
    if (typed.trim() === confirmPhrase) return;
    const isOnlySmall = typed.trim().toUpperCase() === confirmPhrase;
    throw new OpsError('E_UNCONFIRMED', 'Not confirmed; nothing was changed.', {
      exit: 'unconfirmed',
      suggestions: isOnlySmall ? [`Capitals count: ${confirmPhrase}`] : [],
    });
  }
  throw new OpsError(
    'E_UNCONFIRMED',
    given === undefined
      ? `${what} This has to be confirmed; nothing was changed.`
      : `--confirm was not "${confirmPhrase}", in which capitals count; nothing was changed.`,
    {
      exit: 'unconfirmed',
      suggestions: [`Add --confirm "${confirmPhrase}"`, 'See first what it would do: --dry-run'],
    },
  );
}
