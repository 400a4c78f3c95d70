import { type Cadence, isoWithOffset, siteTimeZone, type Weekday } from '@om-ops/kit';
import { isOn } from './due.ts';
import type { SchedulePlaces } from './folder.ts';
import { type History, type RunState, runState, type TaskRun } from './ledger/history.ts';
import { newestPeriod, nextPeriod } from './period.ts';
import { isRunAlive } from './run/alive.ts';
import { type LastTick, lastTick } from './run/heartbeat.ts';
import { commandLine, type Task } from './task/task.ts';

/** A run, as it is listed. Times are ISO 8601 with offset. */
export interface ListedRun {
  run: string;
  task: string;
  at: string;
  period: string | null;
  why: TaskRun['why'];
  request: string | null;
  by: string;
  /** `running`: it goes on. */
  state: Exclude<RunState, 'open'> | 'running';
  exit: number | null;
  seconds: number | null;
}

export interface ListedTask {
  id: string;
  title: string;
  why: string | null;
  every: Cadence;
  on: Weekday | number | null;
  at: string | null;
  window: string | null;
  catchUp: boolean;
  /** `not-installed`: no installed plugin has a command of it. */
  state: 'on' | 'off' | 'paused' | 'not-installed';
  pausedUntil: string | null;
  steps: { command: string; from: string; guarded: boolean; installed: boolean }[];
  /** The newest period whose time has come. */
  period: string;
  /** Null where it does not run by itself. */
  next: string | null;
  last: ListedRun | null;
  /** How many periods of the last 7 days nobody ran. */
  missed: number;
}

export interface ListedTick {
  at: string | null;
  ageSeconds: number | null;
  alive: boolean;
  zone: string | null;
  by: string | null;
}

const weekMs = 7 * 86_400_000;

export function listedRun(run: TaskRun, now: Date): ListedRun {
  const state = runState(run);
  return {
    run: run.run,
    task: run.task,
    at: run.at,
    period: run.period,
    why: run.why,
    request: run.request,
    by: run.by,
    state: state === 'open' ? (isRunAlive(run, now) ? 'running' : 'cut-off') : state,
    exit: run.ended?.exit ?? null,
    seconds: run.ended?.seconds ?? null,
  };
}

export function listedTask(task: Task, history: History, now: Date): ListedTask {
  const { id, title, why, every, on, at, window, catchUp, steps, rule } = task;
  const runs = isOn(task);
  const pausedUntil = history.pausedUntil(id, now);
  const last = history.runsOf(id).at(-1);
  const missed = history
    .missedOf(id)
    .filter((line) => now.getTime() - new Date(line.at).getTime() < weekMs)
    .reduce((sum, { count }) => sum + count, 0);
  return {
    id,
    title,
    why,
    every,
    on,
    at,
    window,
    catchUp,
    state: task.off ? 'off' : !runs ? 'not-installed' : pausedUntil === null ? 'on' : 'paused',
    pausedUntil: pausedUntil === null ? null : isoWithOffset(pausedUntil),
    steps: steps.map((step) => ({
      command: commandLine(step),
      from: step.from,
      guarded: step.guarded,
      installed: step.installed,
    })),
    period: newestPeriod(rule, now).key,
    next: runs ? isoWithOffset(nextPeriod(rule, now).due) : null,
    last: last === undefined ? null : listedRun(last, now),
    missed,
  };
}

/** When the tick came last, and what is wrong with that. @throws OpsError E_PERMISSION */
export function listedTick(
  places: SchedulePlaces,
  now: Date,
): { tick: ListedTick; warning: string | null } {
  const last = lastTick(places, now);
  const tick = {
    at: last === null ? null : isoWithOffset(last.at),
    ageSeconds: last === null ? null : Math.round(last.ageMs / 1000),
    alive: last?.alive ?? false,
    zone: last?.zone ?? null,
    by: last?.by ?? null,
  };
  return { tick, warning: last === null ? null : zoneWarning(last) };
}

function zoneWarning({ zone }: LastTick): string | null {
  const here = siteTimeZone();
  return zone === undefined || zone === here
    ? null
    : `The tick runs in the time zone ${zone}, and this command in ${here}: times of day are not the same.`;
}
