import {
  Args,
  type ConfigFile,
  dryRunFlag,
  Flags,
  interrupted,
  isOpsError,
  messageOf,
  OpsCommand,
  OpsError,
  type TaskOutcome,
} from '@om-ops/kit';
import { type DatabaseSection, overlookedDatabases } from '@om-ops/kit/database';
import { databaseSection } from '@om-ops/kit/site';
import { formatBytes, plural } from '@om-ops/kit/text';
import { isIncomplete } from '../../archive/tree/skipped.ts';
import { type Owner, ownerOf } from '../../catalog/owner.ts';
import { type Category, categories } from '../../categories.ts';
import { type CategoryFailure, failureOf, worstOf } from '../../category-failure.ts';
import { type MadeBackup, makeBackup } from '../../create/backup.ts';
import { type CategoryMaker, makersFor } from '../../create/category.ts';
import { databaseEvidence } from '../../create/database.ts';
import { type CategoryPlan, planBackup } from '../../create/plan.ts';
import { type NotHeld, notHeldOf } from '../../not-held.ts';
import { assertPolicy, policyOf, type RetentionPolicy } from '../../retention/policy.ts';
import {
  type PrunedBackup,
  type PruneResult,
  planPrune,
  prune,
  pruneResult,
} from '../../retention/prune.ts';
import { backupSection } from '../../site.ts';
import { runText } from '../../view/run.ts';

export interface RunResult {
  backups: MadeBackup[];
  /** Categories that could not be backed up. */
  failed: CategoryFailure[];
  /** What would be made; only in a dry run. */
  planned?: CategoryPlan[];
  /** With `--prune`: what was deleted after it, or would be. */
  pruned?: PruneResult;
  /** With `--all`, in a dry run: what of the site is in none of the backups. */
  notHeld?: NotHeld[];
}

export default class BackupRun extends OpsCommand<typeof BackupRun, RunResult> {
  static override summary = 'Make backups.';
  static override description =
    'Writes STATE/<category>/<prefix>-YYYY-MM-DD_HHMM.tar.gz and a sidecar of the same name with its SHA-256. Nothing is overwritten, and a backup appears under its name only when it is whole. Exits 7 when files had to be left out, or when there is next to nothing of what the last good backup had; with --all one category that fails does not stop the others. With --prune old backups are deleted afterwards, without asking; not those of a category whose new backup failed or is not complete.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --all',
    '<%= config.bin %> <%= command.id %> prod database',
    '<%= config.bin %> <%= command.id %> --all --dry-run',
    '<%= config.bin %> <%= command.id %> --all --prune --quiet',
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
    prune: Flags.boolean({
      summary:
        'Delete old backups afterwards, by the rules of the site profile (backup.retention).',
      default: false,
    }),
    'accept-less': Flags.boolean({
      summary: 'It is right that there is next to nothing of what the last backup had.',
      default: false,
    }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<RunResult> {
    const [backup, database] = await Promise.all([
      this.site.section(backupSection),
      this.site.section(databaseSection),
    ]);
    const sections = { backup, database };
    const chosen = this.#chosen();
    const makers = makersFor(chosen, this.site, sections, {
      passOver: this.flags.all,
      version: this.config.version,
      configFiles: chosen.includes('config') ? await this.#configFiles() : [],
    });
    const owner = ownerOf(this.site, sections);
    const policy = policyOf(backup.retention);
    if (this.flags.prune) assertPolicy(policy);
    const result = this.dryRun ? await this.#plan(makers) : await this.#make(makers, owner);
    this.operation.signal.throwIfAborted();
    if (this.flags.prune) await this.#prune(result, makers, owner, policy);
    if (this.flags.all && this.dryRun) result.notHeld = notHeldOf(this.site, sections);
    const worst = worstOf(result.failed, makers.length);
    if (worst !== undefined) this.fail(worst, result);
    this.#judge(result.backups);
    if (this.flags.all) await this.#questionDatabase(database);
    return result;
  }

  /** What is not a plain success although nothing failed. */
  #judge(backups: readonly MadeBackup[]): void {
    const partial = backups.filter(({ skipped }) => isIncomplete(skipped));
    if (partial.length > 0) {
      const count = partial.flatMap(({ skipped }) => skipped).length;
      this.incomplete(
        `${plural(count, 'path was', 'paths were')} left out or changed while read, in ${partial.map(({ category }) => category).join(', ')}; the result and the sidecar name each.`,
      );
    }
    for (const { category, doubts } of backups)
      for (const doubt of doubts) this.incomplete(`${category}: ${doubt}`);
    const doubtful = backups.filter(
      ({ skipped, doubts }) => doubts.length > 0 && !isIncomplete(skipped),
    );
    if (doubtful.length > 0) {
      const names = doubtful.map(({ category }) => category).join(' ');
      this.incomplete(
        `If that is as it should be, say so once: om-ops backup run ${names} --accept-less`,
      );
    }
  }

  async #configFiles(): Promise<ConfigFile[]> {
    const { values, failures } = await this.abilities.configFiles();
    for (const { topic, reason } of failures) {
      this.incomplete(
        `The configuration of ${topic} may be missing in the backup of config: ${topic} could not say where it lies: ${reason}.`,
      );
    }
    return values.map(({ value }) => value);
  }

  /** What the profile says of the database may be wrong: then no backup has it, and every run looks well. */
  async #questionDatabase(section: DatabaseSection): Promise<void> {
    const overlooked = await overlookedDatabases(section, databaseEvidence(this.site));
    for (const { sure, sentence, suggestions } of overlooked) {
      const told = [sentence, ...suggestions].join(' ');
      if (sure && !this.dryRun) this.incomplete(told);
      else this.operation.warn(told);
    }
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

  async #make(makers: readonly CategoryMaker[], owner: Owner): Promise<RunResult> {
    const { state } = this.site;
    const { version } = this.config;
    const acceptLess = this.flags['accept-less'];
    // Kept apart from the outcomes: what is done is named even when what came after it failed.
    const backups: MadeBackup[] = [];
    const onMade = (made: MadeBackup) => {
      backups.push(made);
      this.operation.touch(made.path);
    };
    const outcomes = await this.runTasks(
      makers.map(({ category, maker }) => ({
        title: category,
        run: async (progress) => {
          await this.lock(`backup-${category}`);
          const measure = this.watched;
          return await makeBackup({
            category,
            state,
            owner,
            maker,
            version,
            measure,
            acceptLess,
            progress,
            onMade,
          });
        },
        summary: ({ bytes, files, seconds }: MadeBackup) =>
          `${formatBytes(bytes)}, ${plural(files, 'file')}, ${seconds.toFixed(1)} s`,
      })),
      { continueOnError: true },
    );
    if (this.operation.signal.aborted) {
      const done = backups.map(({ category }) => category).join(', ');
      this.fail(
        interrupted(
          `${backups.length === 0 ? '' : `the backup of ${done} is done, and `}nothing half-written was left behind`,
        ),
        { backups, failed: [] },
      );
    }
    return { backups, failed: failures(makers, outcomes) };
  }

  /** The locks of the run are held until the command ends, and are those that pruning takes. */
  async #prune(
    result: RunResult,
    makers: readonly CategoryMaker[],
    owner: Owner,
    policy: RetentionPolicy,
  ): Promise<void> {
    const good = result.backups.filter(
      ({ skipped, doubts }) => doubts.length === 0 && !isIncomplete(skipped),
    );
    const chosen = (this.dryRun ? makers : good).map(({ category }) => category);
    for (const { category } of makers)
      if (!chosen.includes(category))
        this.operation.warn(
          `No backup of ${category} is deleted, since there is no complete new one.`,
        );
    const { state } = this.site;
    const plan = await this.runTask({
      title: 'Find what may go',
      run: (progress) => planPrune({ state, categories: chosen, owner, policy, progress }),
    }).catch((error: unknown) => this.fail(asOpsError(error), result));
    for (const warning of plan.warnings) this.operation.warn(warning);
    if (this.dryRun) {
      result.pruned = pruneResult(plan, { dryRun: true, deleted: plan.delete });
      return;
    }
    const deleted: PrunedBackup[] = [];
    try {
      prune(plan, (gone) => {
        deleted.push(gone);
        this.operation.touch(gone.path);
      });
    } catch (error) {
      this.fail(asOpsError(error), {
        ...result,
        pruned: pruneResult(plan, { dryRun: false, deleted }),
      });
    }
    result.pruned = pruneResult(plan, { dryRun: false, deleted });
  }

  protected override text(result: RunResult): string {
    return runText(result);
  }
}

function asOpsError(error: unknown): OpsError {
  return isOpsError(error) ? error : new OpsError('E_INTERNAL', messageOf(error));
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
