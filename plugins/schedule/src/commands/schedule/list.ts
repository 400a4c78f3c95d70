import { isoWithOffset, siteTimeZone } from '@om-ops/kit';
import { listedTask, listedTick } from '../../list.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { type ListResult, listText } from '../../view/list.ts';

export default class ScheduleList extends ScheduleCommand<typeof ScheduleList, ListResult> {
  static override summary =
    'List the tasks of this site: when each runs, how it went, what comes next.';
  static override description =
    'Tasks come from the plugins (backups, verifying, cleaning up, reports) and from the profile, which may change when each runs, switch it off with null, and add its own (schedule.tasks). A task whose command no installed plugin has is named and does not run. Times of day are in the time zone of the server; days that summer time makes longer or shorter have one run like every other.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<ListResult> {
    const { now } = this;
    const { tasks } = await this.tasks();
    const history = await this.history();
    const { tick, warning } = listedTick(this.folders, now);
    if (warning !== null) this.operation.warn(warning);
    const paused = history.pausedUntil(null, now);
    return {
      now: isoWithOffset(now),
      zone: siteTimeZone(now),
      tick,
      pausedUntil: paused === null ? null : isoWithOffset(paused),
      tasks: tasks.map((task) => listedTask(task, history, now)),
    };
  }

  protected override text(result: ListResult): string {
    return listText(result);
  }
}
