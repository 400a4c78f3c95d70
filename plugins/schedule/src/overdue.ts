import { isoWithOffset } from '@om-ops/kit';
import { decide } from './due.ts';
import type { History } from './ledger/history.ts';
import { isRunAlive } from './run/alive.ts';
import type { Task } from './task/task.ts';

/** A run that should have begun. */
export interface Overdue {
  task: string;
  period: string | null;
  due: string;
}

/** Later than this no tick can be on its way with it. */
const patienceMs = 10 * 60_000;

export function overdueTasks(tasks: readonly Task[], history: History, now: Date): Overdue[] {
  return tasks.flatMap((task) => {
    // One that was never seen waits for its first tick.
    if (history.since(task.id) === undefined) return [];
    const { run } = decide(task, history, { now, isAlive: (one) => isRunAlive(one, now) });
    if (run === null || now.getTime() - run.due.getTime() <= patienceMs) return [];
    return [{ task: task.id, period: run.period, due: isoWithOffset(run.due) }];
  });
}
