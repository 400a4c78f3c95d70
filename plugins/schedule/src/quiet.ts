import { join } from 'node:path';
import { isoWithOffset, ownerState } from '@om-ops/kit';
import type { QuietTick, SeenFile } from '@om-ops/kit/quiet-tick';
import { decide } from './due.ts';
import type { SchedulePlaces } from './folder.ts';
import { type History, runState } from './ledger/history.ts';
import { isRunAlive } from './run/alive.ts';
import { nextRun, waitingRequests } from './run/next.ts';
import type { Task } from './task/task.ts';

/** What a plugin says of its tasks may hang on more than is looked at, so it is asked again each hour. */
const longestMs = 3_600_000;

/**
 * Until when no tick has anything to do; undefined when one has. `files` were looked at before `history` was read.
 */
export function quietUntil(
  tasks: readonly Task[],
  history: History,
  { tick, files, now }: { tick: string; files: readonly SeenFile[]; now: Date },
): QuietTick | undefined {
  const open = history.runs.filter((run) => runState(run) === 'open');
  const alive = open.flatMap(({ owner }) =>
    ownerState(owner) === 'alive' ? [{ pid: owner.pid, start: owner.start }] : [],
  );
  if (alive.length < open.length) return undefined;
  const decisions = tasks.map((task) =>
    decide(task, history, { now, isAlive: (run) => isRunAlive(run, now) }),
  );
  if (decisions.some(({ run, lines }) => run !== null || lines.length > 0)) return undefined;
  const next = nextRun(tasks, history, now);
  const ends = [
    now.getTime() + longestMs,
    ...(next === null ? [] : [next.at.getTime()]),
    ...decisions.flatMap(({ held }) => (held === null ? [] : [held.until.getTime()])),
    ...waitingRequests(history).map(({ due }) => new Date(due).getTime()),
  ];
  const paused = history.pausedUntil(null, now);
  return {
    from: now.getTime(),
    until: Math.min(...ends.filter((end) => end > now.getTime())),
    files,
    alive,
    beat: tick,
    held: decisions.flatMap(({ held }, at) =>
      held === null
        ? []
        : [{ task: tasks[at]?.id ?? '', why: held.why, until: isoWithOffset(held.until) }],
    ),
    next: next === null ? null : { task: next.task, at: isoWithOffset(next.at) },
    pausedUntil: paused === null ? null : isoWithOffset(paused),
  };
}

/** The files that decide which tasks there are and what is known of them. */
export function decidingFiles(
  { ledger }: SchedulePlaces,
  { file, searched }: { file: string | undefined; searched: readonly string[] },
  { root, dataDir }: { root: string; dataDir: string },
): string[] {
  return [
    ledger.path,
    ...(file === undefined ? searched : [file]),
    join(root, 'dist/core-plugins.json'),
    join(dataDir, 'package.json'),
  ];
}
