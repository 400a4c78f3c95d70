import { Args, Flags } from '@om-ops/kit';
import { bookNamed } from '../../book/shelf.ts';
import { type BookRun, startRun } from '../../run/book-run.ts';
import { RunCommand } from '../../run/run-command.ts';

export default class RunbookStart extends RunCommand<typeof RunbookStart> {
  static override summary = 'Begin to follow a runbook.';
  static override description =
    'Runs nothing yet: om-ops runbook run goes on step by step, om-ops runbook next marks what was done by hand.';
  static override examples = ['<%= config.bin %> <%= command.id %> disk-filling --alert rx4q9w'];
  static override record = 'audit' as const;
  static override args = { name: Args.string({ description: 'The runbook.', required: true }) };
  static override flags = {
    alert: Flags.string({ summary: 'The alert it is for.', helpValue: 'ID' }),
  };

  protected override async perform(): Promise<BookRun> {
    const book = await bookNamed(this.site, this.args.name);
    await this.lock('runbook');
    const run = await startRun(this.site.state, book, this.flags.alert ?? null);
    this.operation.touch(run.run);
    return run;
  }
}
