import { Args } from '@om-ops/kit';
import { MaintainRunCommand, maintainRunFlags } from '../../maintain-run.ts';
import { findRequest } from '../../requests.ts';
import type { MaintainRunResult } from '../../view/maintain-run.ts';

export default class MaintainRun extends MaintainRunCommand<typeof MaintainRun> {
  static override summary = 'Run a task now.';
  static override description =
    'Runs the commands of a task one after the other, whatever its time is, and keeps what they print. TASK is its name, with dashes or underscores, or the ID of a run that was asked for with `maintain at`. It does not count as the run of today: that one comes at its time. Not beside a run of the same task (exit 4). Exits 1 when a command failed, 6 when what it looked at is not healthy, 7 when something was left out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backup-maintenance',
    '<%= config.bin %> <%= command.id %> data_cleanup --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override args = {
    task: Args.string({ description: 'The task, or the ID of a planned run.', required: true }),
  };
  static override flags = { ...maintainRunFlags };

  protected override async perform(): Promise<MaintainRunResult> {
    const request = findRequest(await this.history(), this.args.task);
    if (request === undefined) return this.runNow(await this.task(this.args.task));
    const { id, due } = request;
    return this.runNow(await this.task(request.task), { id, due: new Date(due) });
  }
}
