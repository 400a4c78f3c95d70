import { isOpsError } from '@om-ops/kit';
import { errorText, failureEnvelope, styleFor } from '@om-ops/kit/text';
import { fromOclifError } from './oclif-error.ts';

interface OclifError extends Error {
  oclif?: { exit?: number };
  code?: string;
  skipOclifErrorHandling?: boolean;
}

/**
 * Ends with an error that was thrown outside our commands: an unknown command, a wrong flag of one of
 * oclif's own. Printed as text or envelope, without a stack; one that a command has printed is left alone.
 */
export async function handleStray(thrown: unknown, argv: readonly string[]): Promise<void> {
  const known = thrown as OclifError;
  process.exitCode = known.oclif?.exit ?? (isOpsError(thrown) ? thrown.exit : 1);
  if (known.code === 'EEXIT' || known.skipOclifErrorHandling === true) return;
  if (process.env.DEBUG !== undefined) process.stderr.write(`${known.stack ?? ''}\n`);
  const error = fromOclifError(thrown, 'See the commands there are: om-ops --help');
  process.exitCode = error.exit;
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  if (words.includes('--json')) {
    const command = words
      .filter((word) => !word.startsWith('-'))
      .slice(0, 2)
      .join(':');
    process.stdout.write(`${JSON.stringify(failureEnvelope(command, error, []), null, 2)}\n`);
  } else {
    process.stderr.write(errorText(error, styleFor(process.stderr)));
  }
}
