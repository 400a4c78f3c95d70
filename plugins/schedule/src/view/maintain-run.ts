import { printableName } from '@om-ops/kit/text';
import type { RunResult } from '../run/run-task.ts';
import { secondsText, stateText } from './runs.ts';

export interface MaintainRunResult {
  dryRun: boolean;
  task: string;
  title: string;
  /** The command lines behind `om-ops`. */
  steps: string[];
  /** Null in a dry run. */
  ran: RunResult | null;
}

export function maintainRunText({ title, steps, ran }: MaintainRunResult): string {
  if (ran === null)
    return [
      `Would run now (${printableName(title)}):`,
      ...steps.map((step) => `  om-ops ${printableName(step)}`),
      'Nothing was changed: this was a dry run.',
    ].join('\n');
  const lines = ran.steps.map(({ command, exit, seconds, why }) => {
    const how = exit === null ? 'not run' : `exit ${exit}`;
    return `  om-ops ${printableName(command)}: ${how}, ${secondsText(seconds)}${why === null || exit !== null ? '' : `, ${printableName(why)}`}`;
  });
  return [
    `${printableName(title)}: ${stateText({ state: ran.outcome, exit: ran.exit })} after ${secondsText(ran.seconds)}.`,
    ...lines,
    `What it printed: om-ops maintain show ${ran.run}`,
  ].join('\n');
}
