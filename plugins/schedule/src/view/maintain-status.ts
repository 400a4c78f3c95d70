import type { MaintenanceWindow } from '@om-ops/kit';
import { formatTable, plural, printableName } from '@om-ops/kit/text';
import type { ListedRun, ListedTick } from '../list.ts';
import type { Overdue } from '../overdue.ts';
import { tickText } from './list.ts';
import { secondsText, stateText, whyText } from './runs.ts';
import { distanceText, momentText } from './when.ts';

export interface MaintainStatusResult {
  now: string;
  /** Runs and misses are those of the last 7 days. */
  counts: {
    tasks: number;
    running: number;
    planned: number;
    done: number;
    failed: number;
    missed: number;
  };
  running: ListedRun[];
  planned: { id: string; task: string; due: string; note: string | null; by: string }[];
  /** The newest first. */
  recent: ListedRun[];
  failed: ListedRun[];
  missed: { task: string; from: string; to: string; count: number; why: string }[];
  overdue: Overdue[];
  next: { task: string; at: string } | null;
  tick: ListedTick;
  windows: MaintenanceWindow[];
}

export function maintainStatusText(result: MaintainStatusResult): string {
  const now = new Date(result.now);
  const { counts, next } = result;
  const head = `${plural(counts.tasks, 'task')}, ${counts.running} running, ${counts.planned} planned. In 7 days ${counts.done} done, ${counts.failed} failed, ${counts.missed} missed.`;
  const blocks = [
    head,
    result.windows
      .map(
        ({ id, until, reason, by }) =>
          `Work is under way until ${momentText(until, now)} (${id}, ${printableName(by)})${reason === null ? '' : `: ${printableName(reason)}`}`,
      )
      .join('\n'),
    result.planned
      .map(
        ({ id, task, due, note }) =>
          `Planned: ${id} ${task}, ${momentText(due, now)} (${distanceText(due, now)})${note === null ? '' : `: ${printableName(note)}`}`,
      )
      .join('\n'),
    result.overdue
      .map(({ task, due }) => `Overdue: ${task}, since ${momentText(due, now)}`)
      .join('\n'),
    result.missed
      .map(
        ({ task, from, to, count, why }) =>
          `Missed: ${task}, ${from === to ? from : `${from} to ${to}`} (${plural(count, 'run')}), because ${why}`,
      )
      .join('\n'),
    result.recent.length === 0 ? 'No task has run yet.' : runTable(result.recent, now),
    [
      ...(next === null ? [] : [`Next: ${next.task}, ${momentText(next.at, now)}.`]),
      tickText(result.tick, now),
    ].join(' '),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function runTable(runs: readonly ListedRun[], now: Date): string {
  return formatTable<ListedRun>(
    [
      { head: 'Run', cell: ({ run }) => run },
      { head: 'Began', cell: ({ at }) => momentText(at, now) },
      { head: 'Why', cell: whyText },
      { head: 'How it went', cell: stateText },
      { head: 'Took', cell: ({ seconds }) => secondsText(seconds), align: 'right' },
    ],
    runs,
  );
}
