import { basename } from 'node:path';
import { Args, Flags, interrupted, OpsCommand, OpsError } from '@om-ops/kit';
import { formatBytes, plural } from '@om-ops/kit/text';
import { futureWarnings, newestOf } from '../../catalog/catalog.ts';
import { readCatalogs } from '../../catalog/catalogs.ts';
import { type Category, categories } from '../../categories.ts';
import type { CategoryFailure } from '../../category-failure.ts';
import { type VerifiedBackup, verifyBackup } from '../../verify/backup.ts';
import { verifyText } from '../../view/verify.ts';

interface VerifyResult {
  backups: VerifiedBackup[];
  /** Categories without any backup. */
  missing: Category[];
  /** Categories whose folder could not be looked into. */
  failed: CategoryFailure[];
}

export default class BackupVerify extends OpsCommand<typeof BackupVerify, VerifyResult> {
  static override summary = 'Prove that backups are good: PASS or FAIL.';
  static override description =
    'Reads the newest backup of each category to its end: gzip and tar, SHA-256 and number of files against the sidecar, every database dump to its closing line. Exits 6 if one fails, or if a category that was named has no backup.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> database --all-backups --json',
  ];
  static override record = 'audit' as const;
  static override logs = ['om-ops.log', 'om-recovery.log'];
  static override args = {
    category: Args.string({
      description: 'Categories to verify; all without.',
      options: [...categories],
      multiple: true,
    }),
  };
  static override flags = {
    'all-backups': Flags.boolean({ summary: 'Every backup, not only the newest.', default: false }),
  };

  protected override async perform(): Promise<VerifyResult> {
    const named = this.args.category as Category[] | undefined;
    const { catalogs, failed } = readCatalogs(this.site.state, named ?? categories);
    const missing = catalogs
      .filter(({ backups }) => backups.length === 0)
      .map(({ category }) => category);
    const now = new Date();
    const all = this.flags['all-backups'];
    const chosen = catalogs.flatMap(({ backups }) => {
      if (all) return backups;
      for (const warning of futureWarnings(backups, now)) this.operation.warn(warning);
      return newestOf(backups, now).newest ?? [];
    });
    const outcomes = await this.runTasks(
      chosen.map((backup) => ({
        title: basename(backup.path),
        run: (progress) => verifyBackup(backup, progress),
        summary: ({ status, bytes, seconds }: VerifiedBackup) =>
          `${status}, ${formatBytes(bytes)}, ${seconds.toFixed(1)} s`,
      })),
    );
    const backups: VerifiedBackup[] = [];
    for (const outcome of outcomes) {
      if (!outcome.ok) throw outcome.error;
      backups.push(outcome.value);
    }
    if (backups.length < chosen.length) throw interrupted();
    this.operation.touch(...backups.map(({ path, status }) => `${path} (${status})`));
    const result = { backups, missing, failed };
    this.#judge(result, named === undefined ? [] : missing);
    return result;
  }

  #judge(result: VerifyResult, wanted: readonly Category[]): void {
    const { backups } = result;
    const bad = backups.filter(({ status }) => status === 'FAIL');
    const names = [
      ...bad.map(({ path }) => basename(path)),
      ...result.failed.map(({ category }) => `all of ${category}`),
    ];
    if (names.length > 0) {
      const unread = unreadError(result);
      if (unread !== undefined) this.fail(unread, result);
      this.unhealthy(
        'E_VERIFY_FAILED',
        `${plural(names.length, 'backup')} failed: ${names.join(', ')}.`,
        [
          'Make a new one now: om-ops backup run',
          'See which older ones are good: om-ops backup verify --all-backups',
        ],
      );
    } else if (backups.length === 0 || wanted.length > 0) {
      this.unhealthy(
        'E_NO_BACKUP',
        `There is no backup of ${wanted.length > 0 ? wanted.join(', ') : 'anything'}.`,
        ['Make one: om-ops backup run --all'],
      );
    }
  }

  protected override text(result: VerifyResult): string {
    return verifyText(result);
  }
}

/** When there was no permission to read a single one, nothing was checked: a requirement is missing. */
function unreadError({ backups, failed }: VerifyResult): OpsError | undefined {
  const problems = [
    ...failed,
    ...backups.map(({ sha256, problems }) => (sha256 === '' ? problems[0] : undefined)),
  ];
  if (!problems.every((problem) => problem?.code === 'E_PERMISSION')) return undefined;
  return new OpsError('E_PERMISSION', problems.map((problem) => problem?.message).join('\n'), {
    exit: 'requirement',
    suggestions: ['Run the command with sudo, or as the user who owns the backups.'],
  });
}
