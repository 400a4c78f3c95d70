import { errorText } from './envelope.ts';
import {
  firstError,
  fromSystemError,
  internalError,
  interrupted,
  isOpsError,
  messageOf,
  OpsError,
  systemCode,
} from './errors.ts';
import type { Command } from './oclif.ts';
import type { Operation } from './operation/operation.ts';
import { printableName } from './text/format.ts';
import { isUsageError, usageError } from './usage-error.ts';
import { noWorkingFolder } from './working-folder.ts';

export interface FailedCommand {
  id: string;
  ctor: Command.Class & { baseFlags: object };
  operation: Operation;
  /** Whether the envelope names what was done all the same. */
  hasResult: boolean;
}

/** What an interruption must not hide: it says more than that there was one. */
const saysMore = new Set(['E_INTERRUPTED', 'E_UNDO_FAILED']);

/** What a command failed of, in words of ours. What went wrong while tidying up afterwards becomes a warning. */
export async function failureOf(thrown: unknown, command: FailedCommand): Promise<OpsError> {
  const { operation, ctor, id, hasResult } = command;
  const error = firstError(thrown, (later) =>
    operation.warn(`Tidying up failed as well: ${messageOf(later)}`),
  );
  if (operation.signal.aborted) {
    if (isOpsError(error) && saysMore.has(error.code)) return error;
    return hasResult ? interrupted('what was done before stands in the result') : interrupted();
  }
  if (isOpsError(error)) return error;
  if (isUsageError(error)) {
    return usageError(error, id, { json: {}, ...ctor.baseFlags, ...ctor.flags });
  }
  if (error instanceof Error && 'syscall' in error) {
    if (error.syscall === 'uv_cwd') return noWorkingFolder();
    if (systemCode(error)?.startsWith('E') === true) {
      const path = 'path' in error ? String(error.path) : undefined;
      return fromSystemError(error, String(error.syscall), path);
    }
  }
  if (process.env.DEBUG !== undefined && error instanceof Error)
    process.stderr.write(`${operation.redactor.text(error.stack ?? '')}\n`);
  // Node says so in words of its own where it loads a module.
  if (/too many open files/i.test(messageOf(error)))
    return fromSystemError(Object.assign(new Error(messageOf(error)), { code: 'EMFILE' }), 'go on');
  return internalError(error);
}

export function redactError(error: OpsError, { redactor }: Operation): OpsError {
  const clean = new OpsError(error.code, redactor.text(error.message), {
    suggestions: error.suggestions.map((suggestion) => redactor.text(suggestion)),
  });
  return Object.assign(clean, { exit: error.exit });
}

/** Prints warnings on stderr. */
export async function printWarnings(warnings: readonly string[]): Promise<void> {
  if (warnings.length === 0) return;
  const { styleFor } = await import('./text/style.ts');
  const label = styleFor(process.stderr).yellow('Warning:');
  for (const warning of warnings) process.stderr.write(`${label} ${printableName(warning)}\n`);
}

/** Prints an error and what to do next on stderr. */
export async function printError(error: OpsError, { redactor }: Operation): Promise<void> {
  const { styleFor } = await import('./text/style.ts');
  process.stderr.write(redactor.text(errorText(error, styleFor(process.stderr))));
}
