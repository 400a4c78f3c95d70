import { basename } from 'node:path';
import { Args, Flags, interrupted, OpsCommand, OpsError, parseAge } from '@om-ops/kit';
import { formatBytes, formatDuration, plural } from '@om-ops/kit/text';
import {
  backupsOfSite,
  type CatalogEntry,
  futureWarnings,
  isInFuture,
  newestOf,
  readCatalogs,
} from '../../catalog/catalog.ts';
import { type Owner, siteOwner, whose } from '../../catalog/owner.ts';
import { type Category, categories } from '../../categories.ts';
import { type CategoryFailure, failureOf, worstOf } from '../../category-failure.ts';
import { type VerifiedBackup, verifyBackup } from '../../verify/backup.ts';
import { verifyText } from '../../view/verify.ts';

interface VerifyResult {
  backups: VerifiedBackup[];
  /** Categories without any backup. */
  missing: Category[];
  /** Categories that could not be looked at. */
  failed: CategoryFailure[];
  /** With `--max-age`: categories of which the newest backup is too old, or lies in the future. */
  old: { category: Category; path: string; createdAt: string }[];
}

export default class BackupVerify extends OpsCommand<typeof BackupVerify, VerifyResult> {
  static override summary = 'Prove that backups are good: PASS, PARTIAL or FAIL.';
  static override description =
    'Reads the newest backup of each category to its end: gzip and tar, SHA-256 and number of files against the sidecar, every database dump to its closing line. Looks at the backups of this site, where several share one state folder. Exits 6 if one fails, or if a category that was named has no backup; 7 if one is PARTIAL: what was written, with something left out when it was made. With --max-age every category of this site must have one that is no older.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> database --all-backups --json',
    '<%= config.bin %> <%= command.id %> --max-age 26h --quiet',
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
    'max-age': Flags.string({
      summary: 'The newest of each category may be no older: 26h, 2d, 1w.',
      helpValue: 'TIME',
    }),
    host: Flags.string({
      summary: 'The backups that this site has from another host.',
      helpValue: 'NAME',
    }),
  };

  protected override async perform(): Promise<VerifyResult> {
    const named = this.args.category as Category[] | undefined;
    const age = this.flags['max-age'];
    const maxAgeMs = age === undefined ? undefined : parseAge(age);
    const owner = await siteOwner(this.site, this.flags.host);
    const { catalogs, failed } = readCatalogs(this.site.state, named ?? categories, owner);
    const sites = catalogs.map(({ category, backups }) => ({
      category,
      ...backupsOfSite(backups),
    }));
    const missing = sites.filter(({ ours }) => ours.length === 0);
    for (const { category, others } of missing) this.#sayWhose(category, others);
    const now = new Date();
    const all = this.flags['all-backups'];
    const newest: CatalogEntry[] = [];
    const chosen = sites.flatMap(({ ours }) => {
      const { newest: one } = newestOf(ours, now);
      if (one !== undefined) newest.push(one);
      if (all) return ours;
      for (const warning of futureWarnings(ours, now)) this.operation.warn(warning);
      return one ?? [];
    });
    const outcomes = await this.runTasks(
      chosen.map((backup) => ({
        title: basename(backup.path),
        run: (progress) => verifyBackup(backup, progress),
        summary: ({ status, bytes, seconds }: VerifiedBackup) =>
          `${status}, ${formatBytes(bytes)}, ${seconds.toFixed(1)} s`,
      })),
      { continueOnError: true },
    );
    if (this.operation.signal.aborted) throw interrupted();
    const backups: VerifiedBackup[] = [];
    const unlooked: CategoryFailure[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.ok) backups.push(outcome.value);
      else unlooked.push(failureOf(chosen[index]?.category ?? 'prod', outcome.error));
    }
    this.operation.touch(...backups.map(({ path, status }) => `${path} (${status})`));
    const old = newest
      .filter(
        (entry) =>
          maxAgeMs !== undefined &&
          (isInFuture(entry, now) || now.getTime() - entry.time.getTime() > maxAgeMs),
      )
      .map(({ category, path, createdAt }) => ({ category, path, createdAt }));
    const result = {
      backups,
      missing: missing.map(({ category }) => category),
      failed: [...failed, ...unlooked],
      old,
    };
    // Not being able to look is a failure, and no verdict about a backup.
    const worst = worstOf(unlooked, chosen.length);
    if (worst !== undefined) this.fail(worst, result);
    this.#judge(result, this.#wanted(result.missing, owner, maxAgeMs !== undefined), maxAgeMs);
    return result;
  }

  /** The categories of which there has to be a backup and is none. */
  #wanted(missing: readonly Category[], owner: Owner, mustAll: boolean): Category[] {
    const named = this.args.category as Category[] | undefined;
    if (named !== undefined) return [...missing];
    const has = missing.filter((category) => owner.sources[category] !== undefined);
    if (mustAll) return has;
    if (has.length > 0 && has.length < categories.length)
      this.operation.warn(`There is no backup of ${has.join(', ')} yet.`);
    return [];
  }

  #sayWhose(category: Category, others: readonly CatalogEntry[]): void {
    if (others.length === 0) return;
    const names = others.map(({ reading: { sidecar } }) =>
      sidecar === undefined ? 'of which nothing says whose they are' : whose(sidecar),
    );
    this.operation.warn(
      `There ${others.length === 1 ? 'is a backup' : `are ${others.length} backups`} of ${category}, and none of this site: ${[...new Set(names)].join('; ')}.`,
    );
  }

  #judge(result: VerifyResult, wanted: readonly Category[], maxAgeMs: number | undefined): void {
    const { backups, old } = result;
    const bad = backups.filter(({ status }) => status === 'FAIL');
    const partial = backups.filter(({ status }) => status === 'PARTIAL');
    for (const { path, lacks } of partial)
      this.incomplete(`${basename(path)} is partial. ${lacks.join(' ')}`);
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
    } else if (old.length > 0) {
      this.unhealthy(
        'E_TOO_OLD',
        `The newest backup of ${old.map(({ category, createdAt }) => `${category} is of ${createdAt}`).join(', of ')}, and none may be older than ${formatDuration(maxAgeMs ?? 0)}.`,
        ['Make a new one now: om-ops backup run --all', 'See why none was made: om-ops log show'],
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
