import {
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  OpsError,
  wholeNumber,
} from '@om-ops/kit';
import { formatCount } from '@om-ops/kit/text';
import { RedisCommand } from '../../server/redis-command.ts';
import { keyText } from '../../topics/keys.ts';
import { foundQueue } from '../../topics/queues.ts';

interface FlushResult extends GuardedResult {
  where: string;
  keys: number;
  sample: string[];
}

interface FlushPlan {
  keys: number;
  sample: string[];
}

export default class RedisFlush extends RedisCommand<typeof RedisFlush, FlushResult> {
  static override summary = 'Empty one database of Redis.';
  static override description =
    'Says how many keys and which first, and asks. A database that holds a queue, by the profile or by its keys, is refused: what waits in it would be lost; --including-queues is for when that is meant.';
  static override examples = ['<%= config.bin %> <%= command.id %> --db 1 --dry-run'];
  static override record = 'audit' as const;
  static override flags = {
    db: wholeNumber({ summary: 'Which database.', min: 0, required: true }),
    'including-queues': Flags.boolean({ summary: 'Also when it holds a queue.', default: false }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<FlushResult> {
    const { db, 'including-queues': withQueues } = this.flags;
    const { queues } = await this.section();
    const { where } = await this.address(db);
    return this.withRedis(
      (client) =>
        this.guarded<FlushPlan, FlushResult>(
          'redis',
          {
            plan: async () => {
              const named = Object.entries(queues).find(([, number]) => number === db)?.[0];
              const found = withQueues ? undefined : (named ?? (await foundQueue(client)));
              if (found !== undefined)
                throw new OpsError(
                  'E_QUEUE_KEYS',
                  `Database ${db} of ${where} holds a queue (${found}): what waits in it would be lost.`,
                  {
                    exit: 'unhealthy',
                    suggestions: [
                      "Delete what is meant: om-ops redis delete --pattern 'cache:*'",
                      'See what waits: om-ops queue status',
                    ],
                  },
                );
              const [, some] = (await client.call('SCAN', '0', 'COUNT', 10)) as [Buffer, Buffer[]];
              return {
                keys: Number(await client.call('DBSIZE')),
                sample: some.slice(0, 5).map(keyText),
              };
            },
            changes: ({ keys, sample }) =>
              keys === 0
                ? []
                : [
                    {
                      kind: 'remove',
                      what: `all ${formatCount(keys)} keys of ${where}`,
                      detail: sample.join(', '),
                    },
                  ],
            question: ({ keys }) =>
              `All ${formatCount(keys)} keys of database ${db} of ${where} will be deleted.`,
            apply: async () => {
              await client.call('FLUSHDB', 'ASYNC');
            },
          },
          (done, plan) => ({ ...done, where, ...plan }),
        ),
      db,
    );
  }

  protected override text({ outcome, keys, where, sample }: FlushResult): string {
    if (outcome === 'unchanged') return `${where} is empty already.`;
    if (outcome === 'planned')
      return `Would delete all ${formatCount(keys)} keys of ${where}, among them ${sample.join(', ')}. Nothing was changed.`;
    return `${where} is empty: ${formatCount(keys)} keys are deleted.`;
  }
}
