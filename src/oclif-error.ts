import { fromSystemError, isOpsError, OpsError, systemCode } from '@om-ops/kit';
import { plainMessage } from './plain-message.ts';

/** What oclif says of a wrong use; everything else it fails with, npm's failures above all, is none. */
const wrongUse =
  /^(?:Unexpected arguments?|Missing \d+ required|Missing required|Nonexistent flag|Flag --?\S+ expects|Expected |Parsing --|command \S+ not found|\S+ is not a \S+ command|\S+ is not installed|No plugins? specified)/i;

/**
 * An error of one of oclif's own commands as ours: oclif gives the exit code of wrong use, 2, to
 * whatever it throws.
 *
 * @param help where to look how it is used
 */
export function fromOclifError(thrown: unknown, help: string): OpsError {
  if (isOpsError(thrown)) return thrown;
  const code = systemCode(thrown);
  if (code !== undefined && thrown instanceof Error && 'syscall' in thrown)
    return fromSystemError(
      thrown,
      String(thrown.syscall),
      'path' in thrown ? String(thrown.path) : undefined,
    );
  const message = plainMessage(thrown);
  const isParsed = thrown instanceof Error && 'parse' in thrown;
  return isParsed || wrongUse.test(message)
    ? new OpsError('E_USAGE', message, { exit: 'usage', suggestions: [help], cause: thrown })
    : new OpsError('E_FAILED', message, { cause: thrown });
}
