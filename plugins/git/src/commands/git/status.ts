import { OpsCommand } from '@om-ops/kit';
import { openRepository } from '../../repository/open.ts';
import { gitStatus, type GitStatus as Status } from '../../status.ts';
import { statusText } from '../../view/status.ts';

export default class GitStatus extends OpsCommand<typeof GitStatus, Status> {
  static override summary = 'Show the branch and what has changed.';
  static override description =
    'Names every file that is staged, changed or not tracked, how the branch stands to its upstream as of the last fetch, and what is under way: a merge, a rebase, a bisect. Writes nothing, the file of the index neither.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override perform(): Promise<Status> {
    return gitStatus(openRepository(this.site.root), this.operation.signal);
  }

  protected override text(result: Status): string {
    return statusText(result);
  }
}
