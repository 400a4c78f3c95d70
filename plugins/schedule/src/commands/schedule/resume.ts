import { Args, dryRunFlag, isoWithOffset, userName } from '@om-ops/kit';
import { appendLines } from '../../ledger/ledger.ts';
import { ScheduleCommand } from '../../schedule-command.ts';

interface ResumeResult {
  dryRun: boolean;
  task: string | null;
  /** Until when it would have been held; null: it was not paused. */
  wasPausedUntil: string | null;
}

export default class ScheduleResume extends ScheduleCommand<typeof ScheduleResume, ResumeResult> {
  static override summary = 'End a pause before its time.';
  static override description =
    'Without a task every pause ends. What became due meanwhile runs at the next tick.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> backup-database',
  ];
  static override record = 'audit' as const;
  static override args = { task: Args.string({ description: 'The task; without it everything.' }) };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<ResumeResult> {
    const { args, dryRun, now, folders } = this;
    const task = args.task === undefined ? null : (await this.task(args.task)).id;
    const history = await this.history();
    const until = task === null ? history.lastPause(now) : history.pausedUntil(task, now);
    const everything = history.pausedUntil(null, now);
    if (task !== null && everything !== null)
      this.operation.warn(
        'Everything is paused, and this task with it: om-ops schedule resume ends that.',
      );
    if (!dryRun && until !== null) {
      const at = isoWithOffset(now);
      await appendLines(folders.ledger, [{ state: 'resumed', at, task, by: userName() }]);
      this.operation.touch(folders.ledger.path);
    }
    return { dryRun, task, wasPausedUntil: until === null ? null : isoWithOffset(until) };
  }

  protected override text({ dryRun, task, wasPausedUntil }: ResumeResult): string {
    if (wasPausedUntil === null)
      return `${task ?? 'Nothing'} ${task === null ? 'is' : 'is not'} paused.`;
    return `${dryRun ? 'Would resume' : 'Resumed'} ${task ?? 'everything'}.${dryRun ? '\nNothing was changed: this was a dry run.' : ' What is due runs at the next tick.'}`;
  }
}
