import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  interrupted,
  makeStateFolder,
  OpsCommand,
  OpsError,
  resolveFrom,
  workingFolder,
} from '@om-ops/kit';
import { databaseOptions, planDatabases } from '@om-ops/kit/database';
import { databaseSection } from '@om-ops/kit/site';
import type { ExtractPlan, ExtractResult } from '../../archive/extract/extract.ts';
import { StoppedAtTheEnd, StoppedInPlace } from '../../archive/extract/stopped-in-place.ts';
import { inspectTarget } from '../../archive/extract/target.ts';
import { type Owner, siteOwner } from '../../catalog/owner.ts';
import type { Category } from '../../categories.ts';
import { type CategoryFailure, failureOf, worstOf } from '../../category-failure.ts';
import { categoryOff } from '../../create/maker.ts';
import { type LoadedDatabase, loadDatabase, planLoad } from '../../load/load.ts';
import { dumpHints } from '../../restore/dump-hints.ts';
import { lackingIn } from '../../restore/lacking.ts';
import { lossesIn } from '../../restore/losses.ts';
import { inPlaceTarget, planRestore, type RestoreOptions, restore } from '../../restore/restore.ts';
import { findRestoreSource } from '../../restore/source.ts';
import { makeSiteFolder, siteSources } from '../../restore/whole-site.ts';
import { loadText } from '../../view/load.ts';
import { type PartialRestore, restoreText } from '../../view/restore.ts';

interface RestoredBackup {
  archive: string;
  dryRun: boolean;
  /** Only in a dry run. */
  plan?: ExtractPlan;
  restored?: ExtractResult;
  /** Only of a restore in place that stopped on its way. */
  partial?: PartialRestore;
  /** What is missing in it because it was missing when the backup was made: sentences. */
  lacks: string[];
  /** What to do with what came out, if it is no plain folder. */
  next: string[];
}

/** Of `--all`. */
interface RestoredSite {
  dryRun: boolean;
  /** Absolute; each category in a folder of its own. */
  to: string;
  backups: (RestoredBackup & { category: Category })[];
  /** Categories that could not be restored. */
  failed: CategoryFailure[];
}

/** Of `--into`. */
interface RestoredDatabase {
  archive: string;
  dryRun: boolean;
  loaded: LoadedDatabase;
}

type RestoreResult = RestoredBackup | RestoredSite | RestoredDatabase;

export default class BackupRestore extends OpsCommand<typeof BackupRestore, RestoreResult> {
  static override summary = 'Restore a backup into a folder.';
  static override description =
    'Unpacks a backup file, or the newest backup of a category of this site, into a new or empty folder with owners, modes and times. The folder appears when everything is in it, or not at all. Names that lead out of it are refused. With --all the newest backups of the whole site come out beside each other, each in a folder of its category. With --in-place the files go back where they came from: what is there is replaced, what is not in the backup stays; this asks first, and takes only backups of this site. With --into a dump of a database backup is loaded into a new, empty database of the same server, or for SQLite a new file: never over one that has tables. It stops at the first error, and compares tables and rows with what was dumped; this asks first too. Exits 7 when something was missing in the backup since it was made, and names it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> images --to /tmp/images --only "gallery/**"',
    '<%= config.bin %> <%= command.id %> /var/backups/OM/prod/prod-2026-01-22_1430.tar.gz --to /srv/restored',
    '<%= config.bin %> <%= command.id %> server --in-place --only src/app.js --dry-run',
    '<%= config.bin %> <%= command.id %> --all --to /srv/restored',
    '<%= config.bin %> <%= command.id %> database --into shop_new --database shop',
  ];
  static override record = 'audit' as const;
  static override logs = ['om-ops.log', 'om-recovery.log'];
  static override args = {
    backup: Args.string({
      description: 'A backup file, or a category for its newest one.',
    }),
  };
  static override flags = {
    all: Flags.boolean({
      summary: 'The newest backup of every category, into folders below --to.',
      default: false,
    }),
    host: Flags.string({
      summary: 'The backups that this site has from another host.',
      helpValue: 'NAME',
    }),
    to: Flags.string({ summary: 'A new or empty folder.', helpValue: 'DIR' }),
    into: Flags.string({
      summary: 'Of a database backup: load a dump into a new, empty database (SQLite: a new file).',
      helpValue: 'NAME',
    }),
    database: Flags.string({
      summary: 'With --into: which of the databases in the backup.',
      helpValue: 'NAME',
    }),
    table: Flags.string({ summary: 'With --into: only this table.', helpValue: 'NAME' }),
    only: Flags.string({
      summary: 'Only names that match; a folder takes what is below it. May be given again.',
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'in-place': Flags.boolean({
      summary: 'Put it back where it came from, or into --to although it is not empty.',
      default: false,
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<RestoreResult> {
    const { to, only = [], host, 'in-place': inPlace, all } = this.flags;
    if (to === '') throw emptyFlag('--to', 'a folder', 'The current one is --to .');
    if (only.includes(''))
      throw emptyFlag('--only', 'a pattern', 'Leave it out to restore everything.');
    if (host === '') throw emptyFlag('--host', 'the name of a host', 'See: om-ops backup list');
    const { backup } = this.args;
    if (all === (backup !== undefined)) throw usage('Say what to restore: one backup, or --all.');
    if (all && (inPlace || only.length > 0 || to === undefined))
      throw usage(
        '--all takes a new or empty folder (--to DIR), and neither --in-place nor --only.',
      );
    if (this.flags.into !== undefined) return await this.#load(this.flags.into);
    if (this.flags.database !== undefined || this.flags.table !== undefined)
      throw usage(
        '--database and --table belong to --into.',
        'om-ops backup restore database --into shop_new',
      );
    if (to === undefined && !inPlace)
      throw usage(
        'Say where it goes: --to DIR, or --in-place.',
        `For example: om-ops backup restore ${backup} --to /tmp/restored`,
      );
    const owner = await siteOwner(this.site, host);
    return backup === undefined ? this.#site(to ?? '', owner) : this.#one(backup, owner);
  }

  async #load(into: string): Promise<RestoredDatabase> {
    const { to, only = [], all, host, database, table, 'in-place': inPlace } = this.flags;
    if (into === '')
      throw emptyFlag('--into', 'the name of a new database', 'For example: shop_new');
    if (all || inPlace || to !== undefined || only.length > 0)
      throw usage('--into goes with neither --to, --in-place, --only nor --all.');
    const cwd = workingFolder();
    const owner = await siteOwner(this.site, host);
    const source = findRestoreSource(this.args.backup ?? 'database', this.site.state, cwd, owner);
    for (const warning of source.warnings) this.operation.warn(warning);
    const section = await this.site.section(databaseSection);
    const plan = planDatabases(databaseOptions(this.site, section));
    if (plan === undefined) throw categoryOff('database', 'database.engine', 'none');
    const { archive } = source;
    const { dryRun } = this;
    const folder = dryRun ? tmpdir() : join(this.site.state, 'database');
    const options = {
      source,
      into: plan.engine === 'sqlite' ? resolveFrom(cwd, into) : into,
      database,
      table,
      plan,
      folder,
    };
    if (dryRun) {
      const loaded = await this.runTask({
        title: 'Look at what would be loaded',
        run: (progress) => planLoad({ ...options, progress }),
      });
      for (const lack of loaded.lacks) this.operation.warn(lack);
      return { archive, dryRun, loaded };
    }
    await this.confirm(`A dump of ${archive} will be loaded into ${into}.`);
    await this.lock('backup-database');
    makeStateFolder(this.site.state);
    makeStateFolder(folder);
    const loaded = await this.runTask({
      title: `Load into ${into}`,
      run: (progress) => loadDatabase({ ...options, progress }),
    });
    this.operation.touch(loaded.place);
    for (const lack of loaded.lacks) this.incomplete(lack);
    return { archive, dryRun, loaded };
  }

  async #one(backup: string, owner: Owner): Promise<RestoredBackup> {
    const inPlace = this.flags['in-place'];
    const { to, only = [] } = this.flags;
    const cwd = workingFolder();
    const source = findRestoreSource(backup, this.site.state, cwd, owner);
    for (const warning of source.warnings) this.operation.warn(warning);
    const target = to === undefined ? inPlaceTarget(source, owner) : resolveFrom(cwd, to);
    const options = { source, to: target, only, inPlace };
    const { archive } = source;
    const lacks = lackingIn(source, only);
    let done: RestoredBackup;
    if (inPlace) done = await this.#inPlace(options, lacks);
    else if (this.dryRun) {
      const plan = await this.runTask({
        title: 'Look at what would be restored',
        run: (progress) => planRestore({ ...options, progress }),
      });
      done = { archive, dryRun: true, plan, lacks, next: [] };
    } else {
      const restored = await this.runTask({
        title: `Restore ${archive}`,
        run: (progress) => restore({ ...options, progress }),
      }).catch((error: unknown) => {
        if (!(error instanceof StoppedAtTheEnd)) throw error;
        this.operation.touch(target);
        const { restored } = error;
        return this.fail(error, { archive, dryRun: false, restored, lacks, next: [] });
      });
      this.operation.touch(target);
      const next = nextFor(source.category, restored.target, archive);
      done = { archive, dryRun: false, restored, lacks, next };
    }
    const { restored } = done;
    for (const lack of [...lacks, ...(restored === undefined ? [] : lossesIn(restored))]) {
      if (this.dryRun) this.operation.warn(lack);
      else this.incomplete(lack);
    }
    return done;
  }

  /** There is no way back: what stops it on its way says itself how far it came. */
  #inPlace(options: Omit<RestoreOptions, 'progress'>, lacks: string[]): Promise<RestoredBackup> {
    const { source, to } = options;
    const { archive, category } = source;
    return this.guarded<Pick<RestoredBackup, 'plan' | 'restored' | 'partial'>, RestoredBackup>(
      category === undefined ? 'restore' : `backup-${category}`,
      {
        // Before the first write every member is judged in any case: to read the archive once more only to
        // count them would take the time of it once more.
        plan: async (progress) =>
          this.dryRun ? { plan: await planRestore({ ...options, progress }) } : {},
        changes: () => [{ kind: 'edit', what: to, detail: `from ${archive}` }],
        question: () => `Files in ${to} will be replaced from ${archive}.`,
        async apply(done, progress) {
          try {
            done.restored = await restore({ ...options, progress });
          } catch (error) {
            if (error instanceof StoppedAtTheEnd) done.restored = error.restored;
            if (error instanceof StoppedInPlace) {
              const { target, counts, names, totalNames } = error;
              done.partial = { target, ...counts, names, totalNames };
            }
            throw error;
          }
        },
        touched: ({ restored, partial }) =>
          restored === undefined && partial === undefined ? [] : [to],
      },
      ({ outcome }, done) => ({
        archive,
        dryRun: outcome === 'planned',
        ...done,
        lacks,
        next: done.restored === undefined ? [] : nextFor(category, done.restored.target, archive),
      }),
    );
  }

  /** Every category beside the others: one that fails does not stop them. */
  async #site(to: string, owner: Owner): Promise<RestoredSite> {
    const { sources, failed } = siteSources(this.site.state, owner);
    for (const source of sources)
      for (const warning of source.warnings) this.operation.warn(warning);
    const { dryRun } = this;
    const wanted = resolveFrom(workingFolder(), to);
    const folder = dryRun ? emptyTarget(wanted) : makeSiteFolder(wanted);
    const backups: RestoredSite['backups'] = [];
    const outcomes = await this.runTasks(
      sources.map((source) => ({
        title: `${dryRun ? 'Look at' : 'Restore'} ${source.category}`,
        run: async (progress) => {
          const { archive, category } = source;
          const target = join(folder, category);
          const options = {
            ...{ source, to: target, only: [], inPlace: false, progress },
            // Made by us a moment ago, or to be made.
            isReal: true,
          };
          const lacks = lackingIn(source, []);
          if (dryRun) {
            const plan = await planRestore(options);
            backups.push({ category, archive, dryRun, plan, lacks, next: [] });
            return;
          }
          const restored = await restore(options);
          this.operation.touch(target);
          backups.push({
            category,
            archive,
            dryRun,
            restored,
            lacks,
            next: nextFor(category, restored.target, archive),
          });
        },
      })),
      { continueOnError: true },
    );
    for (const [index, outcome] of outcomes.entries()) {
      const source = sources[index];
      if (!outcome.ok && source !== undefined)
        failed.push(failureOf(source.category, outcome.error));
    }
    const result = { dryRun, to: folder, backups, failed };
    if (this.operation.signal.aborted)
      this.fail(interrupted('what was restored before is in the result'), result);
    const worst = worstOf(failed, sources.length + failed.length);
    if (worst !== undefined) this.fail(worst, result);
    for (const lack of backups.flatMap(({ lacks, restored }) => [
      ...lacks,
      ...(restored === undefined ? [] : lossesIn(restored)),
    ])) {
      if (dryRun) this.operation.warn(lack);
      else this.incomplete(lack);
    }
    return result;
  }

  protected override text(result: RestoreResult): string {
    if ('loaded' in result) return loadText(result.loaded, result.archive, result.dryRun);
    if (!('backups' in result)) return restoreText(result);
    return result.backups.map(restoreText).join('\n\n');
  }
}

function nextFor(category: Category | undefined, folder: string, archive: string): string[] {
  return category === 'database' ? dumpHints(folder, archive) : [];
}

function usage(message: string, suggestion?: string): OpsError {
  return new OpsError('E_USAGE', message, {
    exit: 'usage',
    suggestions: [
      suggestion ?? 'For example: om-ops backup restore images --to /tmp/images',
      'A whole site: om-ops backup restore --all --to /srv/restored',
    ],
  });
}

/** Where it is, if it is empty or can be made. */
function emptyTarget(wanted: string): string {
  using target = inspectTarget(wanted, false);
  return target.path;
}

/** Of a flag whose value a script may have failed to set. */
function emptyFlag(flag: string, value: string, suggestion: string): OpsError {
  return new OpsError('E_USAGE', `${flag} is empty, and takes ${value}.`, {
    exit: 'usage',
    suggestions: [suggestion],
  });
}
