import { basename } from 'node:path';
import { Args, Flags, interrupted, OpsCommand } from '@om-ops/kit';
import { formatBytes, plural } from '@om-ops/kit/text';
import { readCatalog } from '../../catalog/catalog.ts';
import { type Category, categories } from '../../categories.ts';
import { type VerifiedBackup, verifyBackup } from '../../verify/backup.ts';
import { verifyText } from '../../view/verify.ts';

interface VerifyResult {
  backups: VerifiedBackup[];
  /** Categories without any backup. */
  missing: Category[];
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
    const catalogs = (named ?? categories).map((category) => ({
      category,
      backups: readCatalog(this.site.state, category),
    }));
    const missing = catalogs
      .filter(({ backups }) => backups.length === 0)
      .map(({ category }) => category);
    const chosen = catalogs.flatMap(({ backups }) =>
      this.flags['all-backups'] ? backups : backups.slice(0, 1),
    );
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
    this.#judge(backups, named === undefined ? [] : missing);
    return { backups, missing };
  }

  #judge(backups: readonly VerifiedBackup[], wanted: readonly Category[]): void {
    const failed = backups.filter(({ status }) => status === 'FAIL');
    if (failed.length > 0) {
      this.unhealthy(
        'E_VERIFY_FAILED',
        `${plural(failed.length, 'backup')} failed: ${failed.map(({ path }) => basename(path)).join(', ')}.`,
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

  protected override text({ backups, missing }: VerifyResult): string {
    return verifyText(backups, missing);
  }
}
