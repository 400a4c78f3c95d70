import { Flags, isoWithOffset } from '@om-ops/kit';
import { listedTask } from '../../list.ts';
import { MaintainRunCommand, maintainRunFlags } from '../../maintain-run.ts';
import { type MaintainListResult, maintainListText } from '../../view/maintain-list.ts';
import { type MaintainRunResult, maintainRunText } from '../../view/maintain-run.ts';

export default class Maintain extends MaintainRunCommand<typeof Maintain, MaintainListResult> {
  static override summary = 'Run a task now, or list them.';
  static override description =
    'With --task the same as `maintain run`, without it as `maintain list`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --task health_check',
    '<%= config.bin %> <%= command.id %>',
  ];
  static override record = 'audit' as const;
  static override flags = {
    task: Flags.string({
      summary: 'The task, with dashes or underscores.',
      helpValue: 'TASK',
    }),
    ...maintainRunFlags,
  };

  protected override async perform(): Promise<MaintainRunResult | MaintainListResult> {
    if (this.flags.task !== undefined) return this.runNow(await this.task(this.flags.task));
    this.operation.record = 'none';
    const { tasks } = await this.tasks();
    const history = await this.history();
    return {
      now: isoWithOffset(this.now),
      tasks: tasks.map((task) => listedTask(task, history, this.now)),
    };
  }

  protected override text(result: MaintainRunResult | MaintainListResult): string {
    return 'tasks' in result ? maintainListText(result) : maintainRunText(result);
  }
}
