import {
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  OpsError,
  parseDuration,
  wholeNumber,
} from '@om-ops/kit';
import { formatCount, printableName } from '@om-ops/kit/text';
import { type DeletePlan, deleteGuard, planDelete } from '../../change/delete.ts';
import { RedisCommand } from '../../server/redis-command.ts';

interface DeleteResult extends GuardedResult {
  where: string;
  pattern: string;
  matched: number;
  deleted: number;
  /** Some of their names. */
  sample: string[];
}

export default class RedisDelete extends RedisCommand<typeof RedisDelete, DeleteResult> {
  static override summary = 'Delete the keys that match a pattern.';
  static override description =
    'Counts them first, then deletes exactly those, in batches, with UNLINK: names with spaces and quotes too, and nothing else. With --older-than only those that nobody has used for so long. Keys of queues are refused.';
  static override examples = [
    "<%= config.bin %> <%= command.id %> --pattern 'cache:*' --dry-run",
    "<%= config.bin %> <%= command.id %> --pattern 'session:*' --older-than 30d",
  ];
  static override record = 'audit' as const;
  static override flags = {
    db: wholeNumber({ summary: 'Which database.', min: 0 }),
    pattern: Flags.string({ summary: 'Which names: as SCAN understands it.', required: true }),
    'older-than': Flags.string({
      summary: 'Only those that nobody has used for so long.',
      helpValue: '30d',
    }),
    batch: wholeNumber({ summary: 'How many at once.', default: 500, min: 1, max: 10_000 }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<DeleteResult> {
    const { db, pattern, 'older-than': older, batch } = this.flags;
    if (/^\**$/.test(pattern))
      throw new OpsError('E_USAGE', `The pattern ${JSON.stringify(pattern)} matches every key.`, {
        exit: 'usage',
        suggestions: ['To empty a whole database: om-ops redis flush --db N'],
      });
    const { where } = await this.address(db);
    return this.withRedis(
      (client) =>
        this.guarded<DeletePlan, DeleteResult>(
          'redis',
          deleteGuard(client, (progress) =>
            planDelete(client, {
              pattern,
              olderThanMs: older === undefined ? undefined : parseDuration(older),
              batch,
              progress,
            }),
          ),
          (done, plan) => ({
            ...done,
            where,
            pattern,
            matched: plan.keys.length,
            deleted: plan.deleted,
            sample: plan.sample,
          }),
        ),
      db,
    );
  }

  protected override text({
    outcome,
    matched,
    deleted,
    where,
    sample,
    pattern,
  }: DeleteResult): string {
    if (matched === 0) return `No key of ${where} matches ${pattern}.`;
    const names = sample.map((name) => `  ${printableName(name)}`).join('\n');
    if (outcome === 'planned')
      return `Would delete ${formatCount(matched)} keys of ${where}, among them:\n${names}\nNothing was changed.`;
    return `${formatCount(deleted)} of ${formatCount(matched)} keys of ${where} are deleted${deleted < matched ? '; the others were gone already' : ''}.`;
  }
}
