import { Args, Flags, OpsCommand } from '@om-ops/kit';
import type { Analysis } from '../../analysis.ts';
import { type Comparison, compareRuns } from '../../run/compare.ts';
import { loadAnalysis } from '../../run/store.ts';
import { analysisText } from '../../view/analysis.ts';
import { comparisonText } from '../../view/comparison.ts';

export default class AnalysisShow extends OpsCommand<typeof AnalysisShow, Analysis | Comparison> {
  static override summary = 'Show a run, or what changed between two.';
  static override description =
    'Shows the newest run, or the one that is named. With --against it lists what grew, shrank, came and went since another run of the same folder.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 2026-01-22_143000 --against 2026-01-15_143000',
  ];
  static override args = {
    run: Args.string({ description: 'Name of a run; the newest without.' }),
  };
  static override flags = {
    against: Flags.string({ summary: 'Compare with this run.', helpValue: 'RUN' }),
  };

  protected override async perform(): Promise<Analysis | Comparison> {
    const { state } = this.site;
    const analysis = loadAnalysis(state, this.args.run);
    const { against } = this.flags;
    return against === undefined ? analysis : compareRuns(analysis, loadAnalysis(state, against));
  }

  protected override text(result: Analysis | Comparison): string {
    return 'against' in result ? comparisonText(result) : analysisText(result);
  }
}
