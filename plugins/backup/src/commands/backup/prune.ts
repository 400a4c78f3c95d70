import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  OpsCommand,
  parseDuration,
  wholeNumber,
} from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type Category, categories } from '../../categories.ts';
import { assertPolicy } from '../../retention/policy.ts';
import { type PlannedPrune, type PruneResult, planPrune, prune } from '../../retention/prune.ts';
import { pruneText } from '../../view/prune.ts';

export default class BackupPrune extends OpsCommand<typeof BackupPrune, PruneResult> {
  static override summary = 'Delete old backups by retention.';
  static override description =
    'A backup stays if any rule keeps it. The newest backup of a category that proves good stays whatever the rules say, and so do backups whose time is in the future. Backups that are broken count for no rule; they stay too, unless --older-than lets them go. Asks before it deletes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --keep-last 3 --keep-daily 7 --keep-weekly 4 --keep-monthly 6 --dry-run',
    '<%= config.bin %> <%= command.id %> database --older-than 30d --confirm "YES APPLY"',
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
    'older-than': Flags.string({ summary: 'Delete only what is older: 30d, 12h, 4w.' }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<PruneResult> {
    const flags = this.flags;
    const older = flags['older-than'];
    const policy = {
      keepLast: flags['keep-last'],
      keepDaily: flags['keep-daily'],
      keepWeekly: flags['keep-weekly'],
      keepMonthly: flags['keep-monthly'],
      olderThanMs: older === undefined ? undefined : parseDuration(older),
    };
    assertPolicy(policy);
    const chosen = (this.args.category as Category[] | undefined) ?? categories;
    if (!this.dryRun) for (const category of chosen) await this.lock(`backup-${category}`);
    const plan: PlannedPrune = await this.runTask({
      title: 'Find what may go',
      run: (progress) =>
        planPrune({ state: this.site.state, categories: chosen, policy, progress }),
    });
    for (const warning of plan.warnings) this.operation.warn(warning);
    if (this.dryRun || plan.delete.length === 0) return prune(plan, { dryRun: true });
    await this.confirm(`${plural(plan.delete.length, 'backup')} will be deleted for good.`);
    const result = prune(plan, { dryRun: false });
    this.operation.touch(...result.deleted.map(({ path }) => path));
    return result;
  }

  protected override text(result: PruneResult): string {
    return pruneText(result);
  }
}
