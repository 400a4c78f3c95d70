import { Args, dryRunFlag, Flags, OpsCommand, wholeNumber, workingFolder } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import type { Analysis, DedupeMode } from '../../analysis.ts';
import { makeReport } from '../../report/report.ts';
import { exceeded, failKeys, parseFailOn } from '../../run/fail-on.ts';
import { keptAllTheSame, runAnalysis } from '../../run/run.ts';
import { analysisFolders } from '../../run/store.ts';
import { type AnalysisTarget, analysisTarget, lockName, standingFolders } from '../../settings.ts';
import { analysisSection, scopes } from '../../site.ts';
import { analysisText } from '../../view/analysis.ts';
import { planText } from '../../view/plan.ts';

export interface PlannedRun {
  dryRun: true;
  scope: string;
  path: string;
  settings: Analysis['settings'];
  /** The folder that would get a run. */
  runs: string;
}

export default class AnalysisRun extends OpsCommand<typeof AnalysisRun, Analysis | PlannedRun> {
  static override summary = 'Analyse a folder: inventory, junk, duplicates, what is stale.';
  static override description =
    'Walks the folder once, changes nothing in it, and keeps what it found as a run below STATE/analysis/runs, from which the report page is made. Exits 7 when something could not be read, and 6 when a limit of --fail-on is exceeded.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> prod',
    '<%= config.bin %> <%= command.id %> server --dedupe-mode full',
    '<%= config.bin %> <%= command.id %> --path /srv --stale-days 365 --json',
    '<%= config.bin %> <%= command.id %> prod --fail-on junk-bytes=500M,stale=1000',
  ];
  static override record = 'audit' as const;
  static override args = {
    scope: Args.string({ description: 'What to analyse.', options: [...scopes] }),
  };
  static override flags = {
    path: Flags.string({ summary: 'Any folder, instead of the scope.', helpValue: 'DIR' }),
    'dedupe-mode': Flags.option({
      summary: 'quick: same name and size; full: same content, by SHA-256.',
      options: ['quick', 'full'] as const,
      default: 'quick' as DedupeMode,
    })(),
    'max-hash-mb': wholeNumber({ summary: 'Full mode: compare files up to so many MiB. [20]' }),
    'stale-days': wholeNumber({
      summary: 'Stale after so many days without a change. [180]',
      min: 1,
    }),
    'large-mb': wholeNumber({ summary: 'Large above so many MiB. [50]', min: 1 }),
    exclude: Flags.string({
      summary: 'Leave out: a gitignore pattern. May be given again.',
      helpValue: 'PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'cross-file-systems': Flags.boolean({
      summary: 'Enter other file systems too.',
      default: false,
    }),
    'fail-on': Flags.string({
      summary: `Exit 6 above these numbers, for CI: junk-bytes=500M,stale=1000. Keys: ${failKeys.join(', ')}. K, M, G, T: 1024 and its powers.`,
      helpValue: 'KEY=N,…',
    }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<Analysis | PlannedRun> {
    const { flags, site } = this;
    const failOn = flags['fail-on'];
    const limits = failOn === undefined ? [] : parseFailOn(failOn);
    const section = await site.section(analysisSection);
    const { scope, path, settings } = analysisTarget(
      {
        scope: this.args.scope,
        path: flags.path,
        dedupeMode: flags['dedupe-mode'],
        maxHashMb: flags['max-hash-mb'],
        staleDays: flags['stale-days'],
        largeMb: flags['large-mb'],
        exclude: flags.exclude ?? [],
        crossFileSystems: flags['cross-file-systems'],
      },
      site,
      section,
      workingFolder(),
    );
    const { runs } = analysisFolders(site.state);
    if (this.dryRun) return { dryRun: true, scope, path, settings, runs };
    await this.lock(lockName({ scope, path }));
    const analysis = await this.#analyse({ scope, path, settings });
    if (analysis.skipped.count > 0) {
      this.incomplete(
        `${plural(analysis.skipped.count, 'path')} could not be read; the result names them under \`skipped\`.`,
      );
    }
    const over = exceeded(limits, analysis);
    if (over.length > 0) {
      this.unhealthy(
        'E_LIMIT_EXCEEDED',
        over.map(({ key, actual, limit }) => `${key} is ${actual}, more than ${limit}.`).join(' '),
        ['See what it is and how to remove it: om-ops analysis show'],
      );
    }
    return analysis;
  }

  async #analyse(target: AnalysisTarget): Promise<Analysis> {
    const { state, site } = this.site;
    const { version } = this.config;
    let kept: Analysis | undefined;
    const onKept = (analysis: Analysis): void => {
      kept = analysis;
      this.operation.touch(`${analysisFolders(state).runs}/${analysis.run}`);
    };
    try {
      const pages = await this.abilities.navPages();
      return await this.runTask({
        title: `Analyse ${target.path}`,
        run: async (progress) => {
          const standing = standingFolders(this.site);
          const found = await runAnalysis(
            { ...target, state, version, onKept, ...standing },
            progress,
          );
          progress.report({ stage: 'writing the report' });
          await makeReport({ site, state, pages, version, progress, known: found });
          return found;
        },
      });
    } catch (error) {
      if (kept === undefined) throw error;
      this.fail(keptAllTheSame(error, kept.run), kept);
    }
  }

  protected override text(result: Analysis | PlannedRun): string {
    if ('dryRun' in result) return planText(result);
    return `${analysisText(result)}\n\nThe page: ${analysisFolders(this.site.state).report}`;
  }
}
