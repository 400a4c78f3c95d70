import { Flags, isoWithOffset } from '@om-ops/kit';
import { type BookRun, keepRun, runNamed } from '../../run/book-run.ts';
import { RunCommand, runArgument } from '../../run/run-command.ts';

export default class RunbookAbort extends RunCommand<typeof RunbookAbort> {
  static override summary = 'Stop following a runbook.';
  static override description = 'What was done stays done, and stays written down.';
  static override examples = ['<%= config.bin %> <%= command.id %> --reason "it was the provider"'];
  static override record = 'audit' as const;
  static override args = { run: runArgument };
  static override flags = {
    reason: Flags.string({ summary: 'Why.', required: true, helpValue: 'TEXT' }),
  };

  protected override async perform(): Promise<BookRun> {
    await this.lock('runbook');
    const run = runNamed(this.site.state, this.args.run, true);
    Object.assign(run, {
      state: 'aborted',
      reason: this.operation.redactor.foreign(this.flags.reason),
      endedAt: isoWithOffset(new Date()),
    });
    await keepRun(this.site.state, run);
    this.operation.touch(run.run);
    return run;
  }
}
