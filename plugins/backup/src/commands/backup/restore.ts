import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  OpsCommand,
  OpsError,
  resolveFrom,
  workingFolder,
} from '@om-ops/kit';
import type { ExtractPlan, ExtractResult } from '../../archive/extract/extract.ts';
import { StoppedInPlace } from '../../archive/extract/stopped-in-place.ts';
import { inPlaceTarget, planRestore, restore } from '../../restore/restore.ts';
import { findRestoreSource } from '../../restore/source.ts';
import { type PartialRestore, restoreText } from '../../view/restore.ts';

interface RestoreResult {
  archive: string;
  dryRun: boolean;
  /** Only in a dry run. */
  plan?: ExtractPlan;
  restored?: ExtractResult;
  /** Only of a restore in place that stopped on its way. */
  partial?: PartialRestore;
  /** What to do with what came out, if it is no plain folder. */
  next: string[];
}

export default class BackupRestore extends OpsCommand<typeof BackupRestore, RestoreResult> {
  static override summary = 'Restore a backup into a folder.';
  static override description =
    'Unpacks a backup file, or the newest backup of a category, into a new or empty folder with owners, modes and times. The folder appears when everything is in it, or not at all. Names that lead out of it are refused. With --in-place the files go back where they came from: what is there is replaced, what is not in the backup stays; this asks first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> images --to /tmp/images --only "gallery/**"',
    '<%= config.bin %> <%= command.id %> /var/backups/OM/prod/prod-2026-01-22_1430.tar.gz --to /srv/restored',
    '<%= config.bin %> <%= command.id %> server --in-place --only src/app.js --dry-run',
  ];
  static override record = 'audit' as const;
  static override logs = ['om-ops.log', 'om-recovery.log'];
  static override args = {
    backup: Args.string({
      description: 'A backup file, or a category for its newest one.',
      required: true,
    }),
  };
  static override flags = {
    to: Flags.string({ summary: 'A new or empty folder.', helpValue: 'DIR' }),
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
    const inPlace = this.flags['in-place'];
    const { to, only = [] } = this.flags;
    if (to === '') throw emptyFlag('--to', 'a folder', 'The current one is --to .');
    if (only.includes(''))
      throw emptyFlag('--only', 'a pattern', 'Leave it out to restore everything.');
    if (to === undefined && !inPlace) {
      throw new OpsError('E_USAGE', 'Say where it goes: --to DIR, or --in-place.', {
        exit: 'usage',
        suggestions: [`For example: om-ops backup restore ${this.args.backup} --to /tmp/restored`],
      });
    }
    const cwd = workingFolder();
    const source = findRestoreSource(this.args.backup, this.site.state, cwd);
    for (const warning of source.warnings) this.operation.warn(warning);
    const target = to === undefined ? inPlaceTarget(source) : resolveFrom(cwd, to);
    const options = { source, to: target, only, inPlace };
    const { archive } = source;
    if (this.dryRun) {
      const plan = await this.runTask({
        title: 'Look at what would be restored',
        run: (progress) => planRestore({ ...options, progress }),
      });
      return { archive, dryRun: true, plan, next: [] };
    }
    if (inPlace)
      await this.lock(source.category === undefined ? 'restore' : `backup-${source.category}`);
    if (inPlace) await this.confirm(`Files in ${target} will be replaced from ${archive}.`);
    const restored = await this.runTask({
      title: `Restore ${archive}`,
      run: (progress) => restore({ ...options, progress }),
    }).catch((error: unknown) => {
      if (!(error instanceof StoppedInPlace)) throw error;
      this.operation.touch(target);
      const { target: into, counts, names, totalNames } = error;
      const partial = { target: into, ...counts, names, totalNames };
      return this.fail(error, { archive, dryRun: false, partial, next: [] });
    });
    this.operation.touch(target);
    const next =
      source.category === 'database'
        ? [
            '',
            'Load a dump: zcat NAME.sql.gz | mariadb NAME   (psql NAME for PostgreSQL, sqlite3 NEW.db for SQLite)',
          ]
        : [];
    return { archive, dryRun: false, restored, next };
  }

  protected override text(result: RestoreResult): string {
    return restoreText(result);
  }
}

/** Of a flag whose value a script may have failed to set. */
function emptyFlag(flag: string, value: string, suggestion: string): OpsError {
  return new OpsError('E_USAGE', `${flag} is empty, and takes ${value}.`, {
    exit: 'usage',
    suggestions: [suggestion],
  });
}
