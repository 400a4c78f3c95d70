import { isOn } from '../due.ts';
import type { History, Request } from '../ledger/history.ts';
import { nextPeriod } from '../period.ts';
import type { Task } from '../task/task.ts';

/** A run to come. */
export interface NextRun {
  task: string;
  at: Date;
}

/** Single runs that were asked for and have not begun. */
export function waitingRequests({ requests }: History): Request[] {
  return requests.filter(
    ({ cancelled, missed, run }) => !cancelled && missed === null && run === null,
  );
}

/** What is due next, of tasks that run here and of what was asked for. */
export function nextRun(tasks: readonly Task[], history: History, now: Date): NextRun | null {
  const runs = [
    ...tasks.filter(isOn).map((task) => ({ task: task.id, at: nextPeriod(task.rule, now).due })),
    ...waitingRequests(history).map(({ task, due }) => ({ task, at: new Date(due) })),
  ];
  return runs.reduce<NextRun | null>(
    (first, run) => (first === null || run.at < first.at ? run : first),
    null,
  );
}
