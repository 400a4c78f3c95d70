import { plural, printableName } from '@om-ops/kit/text';
import type { TickResult } from '../run/tick.ts';
import { secondsText, stateText } from './runs.ts';
import { distanceText, momentText } from './when.ts';

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
    ...held.map(
      ({ task, why, until }) => `${task} is due and ${why}, until ${momentText(until, now)}.`,
    ),
    ...notBegun.map(({ task, why }) => `${task} did not begin: ${why}`),
  ];
  const { next, pausedUntil } = report;
  if (lines.length === 0)
    lines.push(
      pausedUntil === null
        ? 'Nothing is due.'
        : `Everything is paused until ${momentText(pausedUntil, now)}.`,
    );
  if (next !== null && pausedUntil === null)
    lines.push(`Next: ${next.task}, ${momentText(next.at, now)} (${distanceText(next.at, now)}).`);
  if (dryRun) lines.push('Nothing was changed: this was a dry run.');
  return lines.join('\n');
}
