import { OpsCommand, wholeNumber } from '@om-ops/kit';
import { gitLog, type GitLog as Log } from '../../log.ts';
import { openRepository } from '../../repository/open.ts';
import { logText } from '../../view/log.ts';

export default class GitLog extends OpsCommand<typeof GitLog, Log> {
  static override summary = 'Show the last commits.';
  static override description =
    'Newest first, of the branch that is checked out. Secrets in what others wrote are taken out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --count 50',
  ];
  static override flags = {
    count: wholeNumber({ summary: 'How many.', min: 1, max: 100_000, default: 10 }),
  };

  protected override perform(): Promise<Log> {
    const { redactor, signal } = this.operation;
    return gitLog(openRepository(this.site.root), {
      count: this.flags.count,
      redact: (text) => redactor.foreign(text),
      signal,
    });
  }

  protected override text(result: Log): string {
    return logText(result);
  }
}
