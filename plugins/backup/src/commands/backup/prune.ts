import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  OpsCommand,
  parseAge,
  wholeNumber,
} from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { siteOwner } from '../../catalog/owner.ts';
import { tidyCategory } from '../../catalog/tidy.ts';
import { type Category, categories } from '../../categories.ts';
import { assertPolicy, policyOf, type RetentionPolicy } from '../../retention/policy.ts';
import {
  type PlannedPrune,
  type PrunedBackup,
  type PruneResult,
  planPrune,
  prune,
  pruneResult,
} from '../../retention/prune.ts';
import { backupSection } from '../../site.ts';
import { pruneText } from '../../view/prune.ts';

export default class BackupPrune extends OpsCommand<typeof BackupPrune, PruneResult> {
  static override summary = 'Delete old backups by retention.';
  static override description =
    'A backup stays if any rule keeps it; without a rule those of the site profile count (backup.retention). The newest complete backup of a category that proves good stays whatever the rules say, and so do backups whose time is in the future. One that is partial, or hardly has anything in it, takes no place from a complete one. Backups that are broken count for no rule; they stay too, unless --older-than lets them go. Only backups of this site are deleted: those of other sites and hosts in the same state folder stay, and those made before the site was moved have places of their own. Asks before it deletes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --keep-last 3 --keep-daily 7 --keep-weekly 4 --keep-monthly 6 --dry-run',
    '<%= config.bin %> <%= command.id %> database --older-than 30d --confirm "YES APPLY"',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];
  static override record = 'audit' as const;
  static override logs = ['om-ops.log', 'om-recovery.log'];
  static override args = {
    category: Args.string({
      description: 'Categories to prune; all without.',
      options: [...categories],
      multiple: true,
    }),
  };
  static override flags = {
    'keep-last': wholeNumber({ summary: 'Keep the newest N.', min: 1 }),
    'keep-daily': wholeNumber({ summary: 'Keep the newest of each of the last N days.', min: 1 }),
    'keep-weekly': wholeNumber({ summary: 'Keep the newest of each of the last N weeks.', min: 1 }),
    'keep-monthly': wholeNumber({
      summary: 'Keep the newest of each of the last N months.',
      min: 1,
    }),
    'older-than': Flags.string({ summary: 'Delete only what is older: 30d, 12h, 4w, 6mo, 1y.' }),
    host: Flags.string({
      summary: 'The backups that this site has from another host.',
      helpValue: 'NAME',
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<PruneResult> {
    const policy = await this.#policy();
    const owner = await siteOwner(this.site, this.flags.host);
    const chosen = (this.args.category as Category[] | undefined) ?? categories;
    const { state } = this.site;
    const deleted: PrunedBackup[] = [];
    return this.guarded<PlannedPrune>(
      chosen.map((category) => `backup-${category}`),
      {
        plan: async (progress) => {
          if (!this.dryRun)
            for (const category of chosen) await tidyCategory(state, category, progress);
          const plan = await planPrune({ state, categories: chosen, owner, policy, progress });
          for (const warning of plan.warnings) this.operation.warn(warning);
          return plan;
        },
        changes: (plan) =>
          plan.delete.map(({ path, reason }) => ({ kind: 'remove', what: path, detail: reason })),
        question: (plan) => `${plural(plan.delete.length, 'backup')} will be deleted for good.`,
        apply: async (plan) => prune(plan, (backup) => deleted.push(backup)),
        standing: (plan) =>
          deleted.length === 0
            ? 'No backup was deleted.'
            : `${deleted.length} of ${plural(plan.delete.length, 'backup')} are deleted, for good: the result names them.`,
        touched: () => deleted.map(({ path }) => path),
      },
      ({ outcome }, plan) =>
        pruneResult(plan, {
          dryRun: this.dryRun,
          deleted: outcome === 'planned' ? plan.delete : deleted,
        }),
    );
  }

  async #policy(): Promise<RetentionPolicy> {
    const flags = this.flags;
    const older = flags['older-than'];
    const given = {
      keepLast: flags['keep-last'],
      keepDaily: flags['keep-daily'],
      keepWeekly: flags['keep-weekly'],
      keepMonthly: flags['keep-monthly'],
      olderThanMs: older === undefined ? undefined : parseAge(older),
    };
    if (Object.values(given).some((rule) => rule !== undefined)) return given;
    const { retention } = await this.site.section(backupSection);
    const policy = policyOf(retention);
    assertPolicy(policy);
    return policy;
  }

  protected override text(result: PruneResult): string {
    return pruneText(result);
  }
}
