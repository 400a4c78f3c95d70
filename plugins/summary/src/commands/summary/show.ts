import { join } from 'node:path';
import { Args, isThere, OpsCommand } from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import { page } from '../../report/site-page.ts';
import { type KeptSummary, keptRun } from '../../runs.ts';
import { summaryText } from '../../view/summary.ts';

type ShowResult = KeptSummary & {
  /** How old it is. */
  ageMs: number;
  /** Null when there is none. */
  report: string | null;
};

export default class SummaryShow extends OpsCommand<typeof SummaryShow, ShowResult> {
  static override summary = 'Show a summary that was made.';
  static override description =
    'Shows what a run of `summary run` saw, the newest without a name. It looks at nothing anew, and says how old that is.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 2026-11-24_0902',
  ];
  static override args = {
    run: Args.string({ description: 'The run, or the beginning of its name.' }),
  };

  protected override async perform(): Promise<ShowResult> {
    const { state } = this.site;
    const kept = await keptRun(state, this.args.run);
    const report = join(state, page.path);
    const ageMs = Math.max(0, this.operation.startedAt.getTime() - Date.parse(kept.at));
    return { ...kept, ageMs, report: isThere(report) ? report : null };
  }

  protected override text(result: ShowResult): string {
    const { ageMs, report, run } = result;
    const age = `This is what run ${run} saw ${formatDuration(ageMs)} ago; om-ops summary run looks anew.`;
    return [
      age,
      '',
      summaryText(result),
      ...(report === null ? [] : ['', `The page: ${report}`]),
    ].join('\n');
  }
}
