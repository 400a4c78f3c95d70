import { isoWithOffset } from '@om-ops/kit';
import { type ListedTask, listedTask } from '../../list.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { type MaintainListResult, maintainListText } from '../../view/maintain-list.ts';

export default class MaintainList extends ScheduleCommand<typeof MaintainList, MaintainListResult> {
  static override summary = 'List what can be run: each task, and the commands behind it.';
  static override description =
    'Every task of `schedule list` can be run by hand with `maintain run`, also one that is switched off or paused, or once at a time with `maintain at`.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<MaintainListResult> {
    const { tasks } = await this.tasks();
    const history = await this.history();
    return {
      now: isoWithOffset(this.now),
      tasks: tasks.map((task): ListedTask => listedTask(task, history, this.now)),
    };
  }

  protected override text(result: MaintainListResult): string {
    return maintainListText(result);
  }
}
