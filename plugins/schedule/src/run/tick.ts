import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  acquireLock,
  currentTime,
  interrupted,
  isOpsError,
  isoWithOffset,
  type Task as KitTask,
  type Lock,
  messageOf,
  type TaskOutcome,
} from '@om-ops/kit';
import { type Decision, type Due, decide } from '../due.ts';
import type { History } from '../ledger/history.ts';
import { appendLines, readHistory, thinOut } from '../ledger/ledger.ts';
import type { Missed } from '../ledger/line.ts';
import type { Task } from '../task/task.ts';
import { isRunAlive } from './alive.ts';
import { type RunContext, type RunResult, runTask } from './run-task.ts';

export interface TickContext extends RunContext {
  jitterMs: number;
  dryRun: boolean;
  /** Runs all side by side, with their progress drawn. */
  all(runs: readonly KitTask<RunResult>[]): Promise<TaskOutcome<RunResult>[]>;
}

export interface TickResult {
  ran: RunResult[];
  /** Only in a dry run. */
  planned: { task: string; period: string | null; due: string; why: Due['why']; attempt: number }[];
  /** Due, and held. */
  held: { task: string; why: string; until: string }[];
  /** Due, and not begun. */
  notBegun: { task: string; code: string; why: string }[];
  missed: Omit<Missed, 'state' | 'at'>[];
  /** Runs whose process was gone. */
  cutOff: { task: string; run: string }[];
}

interface Claimed {
  task: Task;
  due: Due;
  lock: Lock;
}

/** How long another tick may take to decide. */
const patienceMs = 20_000;

/**
 * Runs what is due, each task under its lock, side by side. `errors` say why tasks did not begin.
 *
 * @throws OpsError E_LOCKED, E_DISK_FULL, E_PERMISSION
 */
export async function tick(
  tasks: readonly Task[],
  context: TickContext,
): Promise<{ result: TickResult; errors: unknown[] }> {
  const { ledger } = context.places;
  const result: TickResult = {
    ran: [],
    planned: [],
    held: [],
    notBegun: [],
    missed: [],
    cutOff: [],
  };
  if (context.dryRun) {
    tell(result, decideAll(tasks, await readHistory(ledger)), true);
    return { result, errors: [] };
  }
  const { claimed, errors } = await claim(tasks, context, result);
  try {
    const outcomes = await context.all(
      claimed.map(({ task, due }) => ({
        title: task.title,
        run: async () => {
          await spread(task, due, context);
          return runTask(task, due, context);
        },
      })),
    );
    for (const [at, { task }] of claimed.entries()) {
      const outcome = outcomes[at];
      if (outcome?.ok) result.ran.push(outcome.value);
      else {
        result.notBegun.push({ task: task.id, ...failureOf(outcome?.error) });
        errors.push(outcome?.error ?? interrupted());
      }
    }
  } finally {
    for (const { lock } of claimed) lock.release();
  }
  await thinOut(ledger, currentTime()).catch((error) =>
    context.warn(`The ledger could not be thinned out: ${messageOf(error)}`),
  );
  return { result, errors };
}

function failureOf(error: unknown): { code: string; why: string } {
  if (error === undefined) return { code: 'E_INTERRUPTED', why: 'it was interrupted before' };
  return { code: isOpsError(error) ? error.code : 'E_INTERNAL', why: messageOf(error) };
}

type Decided = { task: Task; decision: Decision }[];

function decideAll(tasks: readonly Task[], history: History): Decided {
  const now = currentTime();
  const isAlive: Parameters<typeof decide>[2]['isAlive'] = (run) => isRunAlive(run, now);
  return tasks.map((task) => ({ task, decision: decide(task, history, { now, isAlive }) }));
}

function tell(result: TickResult, decided: Decided, isPlan: boolean): void {
  for (const { task, decision } of decided) {
    for (const line of decision.lines) {
      if (line.state === 'cut-off') result.cutOff.push({ task: task.id, run: line.run });
      if (line.state === 'missed') {
        const { state: _state, at: _at, ...missed } = line;
        result.missed.push(missed);
      }
    }
    if (decision.held !== null) {
      const { why, until } = decision.held;
      result.held.push({ task: task.id, why, until: isoWithOffset(until) });
    }
    if (isPlan && decision.run !== null) {
      const { period, due, why, attempt } = decision.run;
      result.planned.push({ task: task.id, period, due: isoWithOffset(due), why, attempt });
    }
  }
}

/**
 * Decides and takes the locks, while no other tick does. What another tick took, ran and released between reading the
 * ledger and locking is seen by reading it again under the lock.
 */
async function claim(
  tasks: readonly Task[],
  context: TickContext,
  result: TickResult,
): Promise<{ claimed: Claimed[]; errors: unknown[] }> {
  const { ledger, locks, lock: lockOf } = context.places;
  const options = { command: 'om-ops schedule tick', signal: context.signal };
  using _deciding = await acquireLock(locks, lockOf('deciding'), {
    ...options,
    waitMs: patienceMs,
  });
  const decided = decideAll(tasks, await readHistory(ledger));
  tell(result, decided, false);
  await appendLines(
    ledger,
    decided.flatMap(({ decision }) => decision.lines),
  );
  const claimed: Claimed[] = [];
  const errors: unknown[] = [];
  for (const { task, decision } of decided) {
    if (decision.run === null) continue;
    try {
      const lock = await acquireLock(locks, lockOf(task.id), options);
      claimed.push({ task, due: decision.run, lock });
    } catch (error) {
      result.notBegun.push({ task: task.id, ...failureOf(error) });
      // Another tick, or somebody by hand, is at it: that is no failure of this one.
      if (!isOpsError(error) || error.code !== 'E_LOCKED') errors.push(error);
    }
  }
  if (claimed.length === 0) return { claimed, errors };
  const again = decideAll(
    claimed.map(({ task }) => task),
    await readHistory(ledger),
  );
  const due = claimed.filter(({ lock }, at) => {
    const isDue = again[at]?.decision.run !== null;
    if (!isDue) lock.release();
    return isDue;
  });
  return { claimed: due, errors };
}

/** Waits the part of `jitter` that belongs to this task of this site: the same in each period, so that runs stay apart. */
async function spread(
  task: Task,
  due: Due,
  { jitterMs, places, signal }: TickContext,
): Promise<void> {
  if (due.why === 'request' || jitterMs === 0) return;
  const digest = createHash('sha256').update(places.lock(task.id)).digest();
  await pause(digest.readUInt32BE() % jitterMs, undefined, { signal }).catch(() => {
    throw interrupted();
  });
}
