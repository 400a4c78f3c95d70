import { type BookRun, runNamed } from '../../run/book-run.ts';
import { RunCommand, runArgument } from '../../run/run-command.ts';

export default class RunbookStatus extends RunCommand<typeof RunbookStatus> {
  static override summary = 'Show how far a runbook was followed.';
  static override description = 'Each step with what came of it, and what is next.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override args = { run: runArgument };

  protected override async perform(): Promise<BookRun> {
    return runNamed(this.site.state, this.args.run, false);
  }
}
