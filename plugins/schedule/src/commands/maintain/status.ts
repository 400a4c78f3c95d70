import { isoWithOffset, type MaintenanceWindow, openMaintenanceWindows } from '@om-ops/kit';
import { type ListedRun, type ListedTick, listedRun, listedTick } from '../../list.ts';
import { overdueTasks } from '../../overdue.ts';
import { requestState } from '../../requests.ts';
import { nextRun, waitingRequests } from '../../run/next.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { type MaintainStatusResult, maintainStatusText } from '../../view/maintain-status.ts';

/** How far back failures and misses are told. */
const lookBackMs = 7 * 86_400_000;
const shown = 10;

export default class MaintainStatus extends ScheduleCommand<
  typeof MaintainStatus,
  MaintainStatusResult
> {
  static override summary =
    'What runs, what is planned, what ran lately, what failed or was missed.';
  static override description =
    'Looks only at what was written down: the runs of 7 days, those that were asked for, whether the tick comes, and the maintenance windows that are open.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<MaintainStatusResult> {
    const { now } = this;
    const { state } = this.site;
    const { tasks } = await this.tasks();
    const history = await this.history();
    const { tick, warning } = listedTick(this.folders, now);
    if (warning !== null) this.operation.warn(warning);
    if (history.unreadable > 0)
      this.incomplete(
        `${history.unreadable} lines of ${this.folders.ledger.path} cannot be read; what they said is not known.`,
      );
    const since = now.getTime() - lookBackMs;
    const isRecent = ({ at }: { at: string }) => new Date(at).getTime() >= since;
    const runs = history.runs
      .filter(isRecent)
      .map((run) => listedRun(run, now))
      .reverse();
    const of = (...states: ListedRun['state'][]) =>
      runs.filter((run) => states.includes(run.state));
    const running = of('running');
    const failed = of('failed', 'cut-off', 'interrupted');
    const next = nextRun(tasks, history, now);
    return {
      now: isoWithOffset(now),
      counts: {
        tasks: tasks.length,
        running: running.length,
        planned: waitingRequests(history).length,
        done: of('done', 'incomplete', 'unhealthy').length,
        failed: failed.length,
        missed:
          history.missed.filter(isRecent).reduce((sum, { count }) => sum + count, 0) +
          history.requests.filter((one) => requestState(one) === 'missed' && isRecent(one)).length,
      },
      running,
      planned: waitingRequests(history).map(({ id, task, due, note, by }) => ({
        id,
        task,
        due,
        note,
        by,
      })),
      recent: runs.slice(0, shown),
      failed: failed.slice(0, shown),
      missed: [
        ...history.missed
          .filter(isRecent)
          .map(({ task, from, to, count, why }) => ({ task, from, to, count, why })),
        ...history.requests
          .filter((one) => requestState(one) === 'missed' && isRecent(one))
          .map(({ id, task, missed }) => ({ task, from: id, to: id, count: 1, why: missed ?? '' })),
      ].slice(-shown),
      overdue: overdueTasks(tasks, history, now),
      next: next === null ? null : { task: next.task, at: isoWithOffset(next.at) },
      tick: tick satisfies ListedTick,
      windows: (await openMaintenanceWindows(state, now)) satisfies MaintenanceWindow[],
    };
  }

  protected override text(result: MaintainStatusResult): string {
    return maintainStatusText(result);
  }
}
