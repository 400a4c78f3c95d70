import { isoWithOffset } from '@om-ops/kit';
import { type History, runState, type TaskRun } from './ledger/history.ts';
import type { LedgerLine, Why } from './ledger/line.ts';
import { isCurrent, isWithin, newestPeriod, opensAt, type Period, periodAt } from './period.ts';
import { cadenceText, runnableSteps, type Task } from './task/task.ts';

/** A run that is due. */
export interface Due {
  period: string | null;
  /** When it was due. */
  due: Date;
  why: Why;
  attempt: number;
  request: string | null;
}

/** What is to be done about one task now. */
export interface Decision {
  /** What has to be written down first. */
  lines: LedgerLine[];
  run: Due | null;
  /** It is due and held. */
  held: { why: string; until: Date } | null;
}

/** Later than this, a run is late: a tick may come slowly, or wait for the others. */
const lateMs = 10 * 60_000;
/** A single run that was asked for is of no use any more when it could not begin for so long. */
export const requestPatienceMs = 60 * 60_000;
/** How many times one period is begun: once more after a run that was cut off. */
const attempts = 2;

/**
 * Decides about one task. The newest period whose time has come runs unless the ledger has it, or a newer one; what lies
 * between it and the last that ran is missed, once and for all.
 *
 * @param isAlive whether what runs an open run is there still
 */
export function decide(
  task: Task,
  history: History,
  { now, isAlive }: { now: Date; isAlive(run: TaskRun): boolean },
): Decision {
  const at = isoWithOffset(now);
  const lines: LedgerLine[] = [];
  const open = history.runsOf(task.id).filter((run) => runState(run) === 'open');
  const gone = open.filter((run) => !isAlive(run));
  for (const { run } of gone) lines.push({ state: 'cut-off', at, task: task.id, run });
  const nothing = { lines, run: null, held: null };
  if (open.length > gone.length) return nothing;
  const requested = requestOf(task, history, now, lines);
  if (!isOn(task)) {
    // Switched on again it counts anew: what lies between was not missed.
    const known = history.since(task.id);
    if (known !== undefined && known.cadence !== off)
      lines.push({ state: 'since', at, task: task.id, cadence: off, after: at });
    return nothing;
  }
  const { after, since } = sinceOf(task, history, now);
  if (since !== undefined) lines.push(since);
  const found = duePeriod(task, history, { now, after, gone, lines });
  const due = found ?? requested;
  if (due === null) return nothing;
  const until = history.pausedUntil(task.id, now);
  if (until !== null) return { lines: settled(lines), run: null, held: { why: 'paused', until } };
  if (due.request === null && task.hours !== null && !isWithin(task.hours, now)) {
    const held = { why: `waits for ${task.window}`, until: opensAt(task.hours, now) };
    return { lines: settled(lines), run: null, held };
  }
  return { lines, run: due, held: null };
}

const off = 'off';

/** Whether a task runs by itself here. */
export function isOn(task: Pick<Task, 'off' | 'steps'>): boolean {
  return !task.off && runnableSteps(task).length > 0;
}

/** What was missed is only settled when what comes after it begins. */
function settled(lines: readonly LedgerLine[]): LedgerLine[] {
  return lines.filter(({ state }) => state !== 'missed');
}

/**
 * From when on the task counts. One that is seen for the first time, or at new times, counts from its current period on:
 * what lay before was never asked for.
 */
function sinceOf(
  task: Task,
  history: History,
  now: Date,
): { after: Date; since?: LedgerLine & { state: 'since' } } {
  const known = history.since(task.id);
  const cadence = cadenceText(task);
  const isFuture = known !== undefined && new Date(known.at) > now;
  if (known !== undefined && known.cadence === cadence && !isFuture)
    return { after: new Date(known.after) };
  const newest = newestPeriod(task.rule, now);
  // Where the clock was set back, this period may well have run under another name.
  const counts = isCurrent(task.rule, newest, now) && !isFuture;
  const after = counts ? new Date(newest.due.getTime() - 1) : now;
  const at = isoWithOffset(now);
  return {
    after,
    since: { state: 'since', at, task: task.id, cadence, after: isoWithOffset(after) },
  };
}

interface PeriodContext {
  now: Date;
  after: Date;
  gone: readonly TaskRun[];
  lines: LedgerLine[];
}

function duePeriod(task: Task, history: History, context: PeriodContext): Due | null {
  const { now, after, gone, lines } = context;
  const newest = newestPeriod(task.rule, now);
  const runs = history.runsOf(task.id).filter(({ period }) => period !== null);
  const ofNewest = runs.filter(({ period }) => period === newest.key);
  const last = ofNewest.at(-1);
  if (last !== undefined) {
    const wasCut = gone.includes(last) || ['cut-off', 'interrupted'].includes(runState(last));
    if (!wasCut || last.attempt >= attempts || newest.due <= after) return null;
    return { ...dueOf(newest), why: 'again', attempt: last.attempt + 1 };
  }
  const handled = [
    after,
    ...[...runs, ...history.missedOf(task.id)].flatMap(({ due }) =>
      due === null || new Date(due) > now ? [] : [new Date(due)],
    ),
  ];
  const passed = new Date(Math.max(...handled.map((date) => date.getTime())));
  if (newest.due <= passed) return null;
  const isLate = now.getTime() - newest.due.getTime() > lateMs;
  const isGivenUp = isLate && !task.catchUp && task.rule.kind !== 'interval';
  const missed = between(task, passed, newest, isGivenUp);
  if (missed !== null)
    lines.push({
      state: 'missed',
      at: isoWithOffset(now),
      task: task.id,
      ...missed,
      why: isGivenUp ? 'its time was over when the tick came' : 'no tick came in its time',
    });
  if (isGivenUp) return null;
  return {
    ...dueOf(newest),
    why: isLate && task.rule.kind !== 'interval' ? 'late' : 'time',
    attempt: 1,
  };
}

function dueOf({ key, due }: Period): Pick<Due, 'period' | 'due' | 'request'> {
  return { period: key, due, request: null };
}

/** The periods that were due after `passed` and before the newest; with the newest when it is given up too. */
function between(
  { rule }: Task,
  passed: Date,
  newest: Period,
  isGivenUp: boolean,
): { from: string; to: string; count: number; due: string } | null {
  const before = newestPeriod(rule, passed);
  const last = isGivenUp ? newest : periodAt(rule, newest.index - 1);
  const count = last.index - before.index;
  if (count <= 0) return null;
  const from = periodAt(rule, before.index + 1).key;
  return { from, to: last.key, count, due: isoWithOffset(last.due) };
}

/** The single run that is to begin now, the one that was asked for first. */
function requestOf(task: Task, history: History, now: Date, lines: LedgerLine[]): Due | null {
  const waiting = history.requests.filter(
    (request) =>
      request.task === task.id &&
      !request.cancelled &&
      request.missed === null &&
      request.run === null &&
      new Date(request.due) <= now,
  );
  let first: Due | null = null;
  for (const { id, due: time } of waiting) {
    const due = new Date(time);
    if (now.getTime() - due.getTime() > requestPatienceMs) {
      const why = 'no tick came within an hour of its time';
      lines.push({ state: 'not-begun', at: isoWithOffset(now), id, task: task.id, why });
    } else first ??= { period: null, due, why: 'request', attempt: 1, request: id };
  }
  return first;
}
