import { confirmFlag, dryRunFlag, isThere, OpsCommand, wholeNumber } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { makeReport } from '../../report/report.ts';
import { analysisFolders, type PrunePlan, planPrune, prune } from '../../run/store.ts';

interface PruneResult extends PrunePlan {
  dryRun: boolean;
}

export default class AnalysisPrune extends OpsCommand<typeof AnalysisPrune, PruneResult> {
  static override summary = 'Delete old runs.';
  static override description =
    'Keeps the newest runs and deletes the others. Asks before it deletes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --keep 30 --dry-run',
    '<%= config.bin %> <%= command.id %> --keep 30 --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    keep: wholeNumber({ summary: 'How many of the newest runs stay.', min: 1, required: true }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<PruneResult> {
    const { state } = this.site;
    const plan = planPrune(state, this.flags.keep);
    if (this.dryRun || plan.removed.length === 0) return { dryRun: this.dryRun, ...plan };
    await this.confirm(`${plural(plan.removed.length, 'run')} will be deleted for good.`);
    await prune(state, plan);
    this.operation.touch(...plan.removed.map((name) => `analysis/runs/${name}`));
    await this.#refreshReport();
    return { dryRun: false, ...plan };
  }

  /** The page would still offer the runs that are gone. */
  async #refreshReport(): Promise<void> {
    const { state, site } = this.site;
    if (!isThere(analysisFolders(state).report)) return;
    const pages = await this.abilities.navPages();
    await this.runTask({
      title: 'Make the page',
      run: (progress) => makeReport({ site, state, pages, version: this.config.version, progress }),
    });
  }

  protected override text({ dryRun, kept, removed }: PruneResult): string {
    if (removed.length === 0)
      return `Nothing to delete; ${plural(kept.length, 'run stays', 'runs stay')}.`;
    return `${dryRun ? 'Would delete' : 'Deleted'} ${plural(removed.length, 'run')}:\n${removed.map((name) => `  ${name}`).join('\n')}\n${plural(kept.length, 'run stays', 'runs stay')}.`;
  }
}
