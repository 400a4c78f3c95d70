import { quietText } from '@om-ops/kit/quiet-tick';
import { plural, printableName } from '@om-ops/kit/text';
import type { TickResult } from '../run/tick.ts';
import { secondsText, stateText } from './runs.ts';
import { momentText } from './when.ts';

export interface TickReport extends TickResult {
  dryRun: boolean;
  now: string;
  next: { task: string; at: string } | null;
  pausedUntil: string | null;
}

export function tickText(report: TickReport): string {
  const { dryRun, ran, planned, held, notBegun, missed, cutOff } = report;
  const now = new Date(report.now);
  const lines = [
    ...cutOff.map(({ task, run }) => `${task} was cut off: its process is gone (run ${run}).`),
    ...missed.map(
      ({ task, from, to, count, why }) =>
        `${task}: ${plural(count, 'run')} missed (${from === to ? from : `${from} to ${to}`}), because ${why}.`,
    ),
    ...planned.map(
      ({ task, due, why }) => `Would run ${task}, due ${momentText(due, now)} (${why}).`,
    ),
    ...ran.map(
      (run) =>
        `${printableName(run.task)}: ${stateText({ state: run.outcome, exit: run.exit })} after ${secondsText(run.seconds)}.${run.exit === 0 ? '' : ` What it printed: om-ops maintain show ${run.run}`}`,
    ),
    ...notBegun.map(({ task, why }) => `${task} did not begin: ${why}`),
  ];
  const quiet = quietText(report, now.getTime());
  lines.push(
    ...quiet.slice(lines.length > 0 && held.length === 0 && report.pausedUntil === null ? 1 : 0),
  );
  if (dryRun) lines.push('Nothing was changed: this was a dry run.');
  return lines.join('\n');
}
