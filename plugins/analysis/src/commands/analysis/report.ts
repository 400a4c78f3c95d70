import { dryRunFlag, OpsCommand } from '@om-ops/kit';
import { formatBytes, plural } from '@om-ops/kit/text';
import { type MadeReport, makeReport } from '../../report/report.ts';
import { analysisFolders, readRuns } from '../../run/store.ts';

interface ReportResult {
  dryRun: boolean;
  path: string;
  report?: MadeReport;
  runs: number;
}

export default class AnalysisReportCommand extends OpsCommand<
  typeof AnalysisReportCommand,
  ReportResult
> {
  static override summary = 'Make the HTML page of all runs.';
  static override description =
    'Writes STATE/analysis/report.html: one file that needs no network, with the newest runs in detail and the growth of all of them. `analysis run` refreshes it by itself.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'audit' as const;
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<ReportResult> {
    const { state, site } = this.site;
    const path = analysisFolders(state).report;
    if (this.dryRun) return { dryRun: true, path, runs: readRuns(state).length };
    const pages = await this.abilities.navPages();
    const report = await this.runTask({
      title: 'Make the page',
      run: (progress) => makeReport({ site, state, pages, version: this.config.version, progress }),
    });
    this.operation.touch(path);
    return { dryRun: false, path, report, runs: report.runs };
  }

  protected override text({ path, report, runs }: ReportResult): string {
    if (report === undefined) return `Would write ${path} with ${plural(runs, 'run')}.`;
    return `Wrote ${path}: ${plural(runs, 'run')}, ${report.runsInDetail} in detail, ${formatBytes(report.bytes)}.`;
  }
}
