import { isOpsError } from '@om-ops/kit';
import { errorText, failureEnvelope, styleFor } from '@om-ops/kit/text';

/**
 * Prints an error of ours that was thrown outside any command (an unknown command, say), as text or
 * envelope. One that a command has printed already is left alone.
 *
 * @returns whether it was ours to print
 */
export async function handleStray(error: unknown, argv: readonly string[]): Promise<boolean> {
  if (!isOpsError(error) || 'skipOclifErrorHandling' in error) return false;
  process.exitCode = error.exit;
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  if (flags.includes('--json')) {
    const words = flags.filter((word) => !word.startsWith('-'));
    process.stdout.write(
      `${JSON.stringify(failureEnvelope(words.slice(0, 2).join(':'), error, []), null, 2)}\n`,
    );
  } else {
    process.stderr.write(errorText(error, styleFor(process.stderr)));
  }
  return true;
}
