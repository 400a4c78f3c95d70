import { Args, dryRunFlag, Flags, OpsCommand, OpsError, type TaskOutcome } from '@om-ops/kit';
import { formatBytes, plural } from '@om-ops/kit/text';
import { isIncomplete } from '../../archive/tree/skipped.ts';
import { type Category, categories } from '../../categories.ts';
import { type CategoryFailure, failureOf, worstOf } from '../../category-failure.ts';
import { type MadeBackup, makeBackup } from '../../create/backup.ts';
import { type CategoryMaker, makersFor } from '../../create/category.ts';
import { type CategoryPlan, planBackup } from '../../create/plan.ts';
import { backupSection, databaseSection } from '../../site.ts';
import { runText } from '../../view/run.ts';

export interface RunResult {
  backups: MadeBackup[];
  /** Categories that could not be backed up. */
  failed: CategoryFailure[];
  /** What would be made; only in a dry run. */
  planned?: CategoryPlan[];
}

export default class BackupRun extends OpsCommand<typeof BackupRun, RunResult> {
  static override summary = 'Make backups.';
  static override description =
    'Writes STATE/<category>/<prefix>-YYYY-MM-DD_HHMM.tar.gz and a sidecar of the same name with its SHA-256. Nothing is overwritten, and a backup appears under its name only when it is whole. Exits 7 when files had to be left out; with --all one category that fails does not stop the others.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --all',
    '<%= config.bin %> <%= command.id %> prod database',
    '<%= config.bin %> <%= command.id %> --all --dry-run',
  ];
  static override record = 'audit' as const;
  static override logs = ['om-ops.log', 'om-recovery.log'];
  static override args = {
    category: Args.string({
      description: 'What to back up.',
      options: [...categories],
      multiple: true,
    }),
  };
  static override flags = {
    all: Flags.boolean({ summary: 'Every category of this site.', default: false }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<RunResult> {
    const [backup, database] = await Promise.all([
      this.site.section(backupSection),
      this.site.section(databaseSection),
    ]);
    const makers = makersFor(
      this.#chosen(),
      this.site,
      { backup, database },
      {
        passOver: this.flags.all,
        version: this.config.version,
      },
    );
    const result = this.dryRun ? await this.#plan(makers) : await this.#make(makers);
    this.operation.signal.throwIfAborted();
    const worst = worstOf(result.failed, makers.length);
    if (worst !== undefined) this.fail(worst, result);
    const partial = result.backups.filter(({ skipped }) => isIncomplete(skipped));
    if (partial.length > 0) {
      const count = partial.flatMap(({ skipped }) => skipped).length;
      this.incomplete(
        `${plural(count, 'path was', 'paths were')} left out or changed while read, in ${partial.map(({ category }) => category).join(', ')}; the result and the sidecar name each.`,
      );
    }
    return result;
  }

  #chosen(): readonly Category[] {
    const named = this.args.category as Category[] | undefined;
    if (this.flags.all) return categories;
    if (named !== undefined && named.length > 0) return [...new Set(named)];
    throw new OpsError('E_USAGE', 'Say what to back up: categories, or --all.', {
      exit: 'usage',
      suggestions: [`Categories: ${categories.join(', ')}`, 'Everything: om-ops backup run --all'],
    });
  }

  async #plan(makers: readonly CategoryMaker[]): Promise<RunResult> {
    const outcomes = await this.runTasks(
      makers.map(({ category, maker }) => ({
        title: `${category}: look at what would be backed up`,
        run: (progress) => planBackup(category, this.site.state, maker, progress),
      })),
      { continueOnError: true },
    );
    return { backups: [], failed: failures(makers, outcomes), planned: done(outcomes) };
  }

  async #make(makers: readonly CategoryMaker[]): Promise<RunResult> {
    const { state } = this.site;
    const { version } = this.config;
    const outcomes = await this.runTasks(
      makers.map(({ category, maker }) => ({
        title: category,
        run: async (progress) => {
          await this.lock(`backup-${category}`);
          const measure = this.watched;
          const made = await makeBackup({ category, state, maker, version, measure, progress });
          this.operation.touch(made.path);
          return made;
        },
        summary: ({ bytes, files, seconds }: MadeBackup) =>
          `${formatBytes(bytes)}, ${plural(files, 'file')}, ${seconds.toFixed(1)} s`,
      })),
      { continueOnError: true },
    );
    return { backups: done(outcomes), failed: failures(makers, outcomes) };
  }

  protected override text(result: RunResult): string {
    return runText(result);
  }
}

function done<T>(outcomes: readonly TaskOutcome<T>[]): T[] {
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
}

function failures(
  makers: readonly CategoryMaker[],
  outcomes: readonly TaskOutcome<unknown>[],
): CategoryFailure[] {
  return makers.flatMap(({ category }, index) => {
    const outcome = outcomes[index];
    return outcome === undefined || outcome.ok ? [] : [failureOf(category, outcome.error)];
  });
}
