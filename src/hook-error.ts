import type { OpsError } from '@om-ops/kit';

/** An error as a hook has to throw it: oclif lets out only what carries an exit code, and goes on after all else. */
export function hookError(error: OpsError): OpsError {
  return Object.assign(error, { oclif: { exit: error.exit } });
}
