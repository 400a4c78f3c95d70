import { Args, dryRunFlag, Flags, isoWithOffset, userName } from '@om-ops/kit';
import { appendLines } from '../../ledger/ledger.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { momentText } from '../../view/when.ts';

interface PauseResult {
  dryRun: boolean;
  /** Null: everything. */
  task: string | null;
  until: string;
}

export default class SchedulePause extends ScheduleCommand<typeof SchedulePause, PauseResult> {
  static override summary = 'Hold one task, or everything, for a time.';
  static override description =
    'What becomes due meanwhile waits, and runs once when the pause is over; what is running goes on. A pause has an end, so that nobody forgets it. `maintain run` still runs a task by hand.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --for 2h',
    '<%= config.bin %> <%= command.id %> backup-database --for 30m',
  ];
  static override record = 'audit' as const;
  static override args = { task: Args.string({ description: 'The task; without it everything.' }) };
  static override flags = {
    for: Flags.string({ summary: 'For how long: 30m, 2h, 1d.', helpValue: 'TIME', required: true }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<PauseResult> {
    const { args, dryRun, now, folders } = this;
    const task = args.task === undefined ? null : (await this.task(args.task)).id;
    const until = isoWithOffset(this.after(this.flags.for));
    if (!dryRun) {
      const at = isoWithOffset(now);
      await appendLines(folders.ledger, [{ state: 'paused', at, task, until, by: userName() }]);
      this.operation.touch(folders.ledger.path);
    }
    return { dryRun, task, until };
  }

  protected override text({ dryRun, task, until }: PauseResult): string {
    const what = task ?? 'Everything';
    return `${dryRun ? `Would pause ${task ?? 'everything'}` : `${what} is paused`} until ${momentText(until, this.now)}; what becomes due runs once afterwards.${dryRun ? '\nNothing was changed: this was a dry run.' : ` Earlier: om-ops schedule resume${task === null ? '' : ` ${task}`}`}`;
  }
}
