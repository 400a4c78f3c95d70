import { Args, dryRunFlag, isoWithOffset, userName } from '@om-ops/kit';
import { appendLines } from '../../ledger/ledger.ts';
import { waitingRequest } from '../../requests.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { momentText } from '../../view/when.ts';

interface CancelResult {
  dryRun: boolean;
  id: string;
  task: string;
  due: string;
}

export default class MaintainCancel extends ScheduleCommand<typeof MaintainCancel, CancelResult> {
  static override summary = 'Take back a run that was planned with `maintain at`.';
  static override description = 'Only one that has not begun; what is running is not ended by it.';
  static override examples = ['<%= config.bin %> <%= command.id %> m-k3f9a'];
  static override record = 'audit' as const;
  static override args = {
    id: Args.string({ description: 'Its ID, as `maintain status` shows it.', required: true }),
  };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<CancelResult> {
    const { dryRun, now, folders } = this;
    using _deciding = dryRun ? null : await this.deciding();
    const { id, task, due } = waitingRequest(await this.history(), this.args.id);
    if (!dryRun) {
      await appendLines(folders.ledger, [
        { state: 'cancelled', at: isoWithOffset(now), id, by: userName() },
      ]);
      this.operation.touch(folders.ledger.path);
    }
    return { dryRun, id, task, due };
  }

  protected override text({ dryRun, id, task, due }: CancelResult): string {
    const what = `${id}, ${task} at ${momentText(due, this.now)}`;
    return dryRun
      ? `Would take back ${what}.\nNothing was changed: this was a dry run.`
      : `Taken back: ${what}.`;
  }
}
