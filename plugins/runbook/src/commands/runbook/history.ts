import { OpsCommand } from '@om-ops/kit';
import { allRuns, type BookRun } from '../../run/book-run.ts';
import { historyText } from '../../view/run.ts';

export default class RunbookHistory extends OpsCommand<typeof RunbookHistory, { runs: BookRun[] }> {
  static override summary = 'List the runbooks that were followed.';
  static override description = 'The newest first, with how far each came.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<{ runs: BookRun[] }> {
    return { runs: allRuns(this.site.state) };
  }

  protected override text({ runs }: { runs: BookRun[] }): string {
    return historyText(runs);
  }
}
