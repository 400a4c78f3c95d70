import { type ExitCode, exitCodes } from '@om-ops/kit';
import type { Outcome } from '../ledger/line.ts';

/** What an exit code of om-ops says of a task. */
export function outcomeOf(exit: number): Outcome {
  switch (exit) {
    case exitCodes.ok:
      return 'done';
    case exitCodes.incomplete:
      return 'incomplete';
    case exitCodes.unhealthy:
      return 'unhealthy';
    case exitCodes.interrupted:
      return 'interrupted';
    default:
      return 'failed';
  }
}

const order: readonly Outcome[] = ['done', 'incomplete', 'unhealthy', 'failed', 'interrupted'];

/** The exit code that says the worst; the first of equals. */
export function worstExit(exits: readonly number[]): number {
  return exits.reduce(
    (worst, exit) =>
      order.indexOf(outcomeOf(exit)) > order.indexOf(outcomeOf(worst)) ? exit : worst,
    exitCodes.ok as number,
  );
}

/** The exit code of a command that ran tasks: what a task failed of is its own affair. */
export function exitOfRuns(exits: readonly number[]): ExitCode {
  const worst = worstExit(exits);
  return outcomeOf(worst) === 'failed' ? exitCodes.failed : (worst as ExitCode);
}
