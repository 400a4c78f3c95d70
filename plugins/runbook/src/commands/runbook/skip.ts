import { Flags } from '@om-ops/kit';
import type { BookRun } from '../../run/book-run.ts';
import { RunCommand, runArgument } from '../../run/run-command.ts';

export default class RunbookSkip extends RunCommand<typeof RunbookSkip> {
  static override summary = 'Leave the next step out.';
  static override description = 'Keeps who said so and when, with a note.';
  static override examples = ['<%= config.bin %> <%= command.id %> --note "by hand"'];
  static override record = 'audit' as const;
  static override args = { run: runArgument };
  static override flags = { note: Flags.string({ summary: 'Why, or how.', helpValue: 'TEXT' }) };

  protected override perform(): Promise<BookRun> {
    return this.mark(this.args.run, 'skipped', this.flags.note);
  }
}
