import { Args, confirmFlag, dryRunFlag, Flags, type GuardedResult, OpsError } from '@om-ops/kit';
import { formatBytes } from '@om-ops/kit/text';
import { info } from '../../../server/client.ts';
import { RedisCommand } from '../../../server/redis-command.ts';
import { foundQueue } from '../../../topics/queues.ts';

interface SetResult extends GuardedResult {
  where: string;
  name: string;
  before: string;
  after: string;
  /** Whether it is so after the next restart too. */
  persisted: boolean;
}

interface SetPlan {
  before: string;
  after: string;
  done: boolean;
}

const policies = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
];

export default class RedisConfigSet extends RedisCommand<typeof RedisConfigSet, SetResult> {
  static override summary = 'Set the memory limit of Redis, or what it does at the limit.';
  static override description =
    'A limit below what is taken now is refused, because keys would go at once; so is a policy that throws away any key, where a queue lives. With --persist it is written into the file of Redis too, else it is gone at the next restart. What does not work is put back.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> maxmemory 1gb --persist',
    '<%= config.bin %> <%= command.id %> maxmemory-policy volatile-lru --dry-run',
  ];
  static override record = 'audit' as const;
  static override args = {
    name: Args.string({
      description: 'The setting.',
      options: ['maxmemory', 'maxmemory-policy'],
      required: true,
    }),
    value: Args.string({ description: 'A size (1gb, 512mb), or a policy.', required: true }),
  };
  static override flags = {
    persist: Flags.boolean({
      summary: 'After the next restart too (CONFIG REWRITE).',
      default: false,
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<SetResult> {
    const { name, value } = this.args;
    const { where } = await this.address();
    const { queues } = await this.section();
    const wanted = name === 'maxmemory' ? String(sizeOf(value)) : policyOf(value);
    return this.withRedis((client) =>
      this.guarded<SetPlan, SetResult>(
        'redis',
        {
          plan: async () => {
            const memory = await info(client, 'memory');
            const used = Number(memory.get('used_memory') ?? 0);
            if (name === 'maxmemory' && Number(wanted) !== 0 && Number(wanted) < used)
              throw new OpsError(
                'E_BELOW_USED',
                `${formatBytes(used)} are taken now: with a limit of ${formatBytes(Number(wanted))} Redis throws keys away at once, or takes no writes.`,
                {
                  exit: 'unhealthy',
                  suggestions: [
                    'See what takes it: om-ops redis keys',
                    'Take a larger limit, or delete first.',
                  ],
                },
              );
            if (name === 'maxmemory-policy' && wanted.startsWith('allkeys')) {
              const queue = Object.keys(queues)[0] ?? (await foundQueue(client));
              if (queue !== undefined)
                throw new OpsError(
                  'E_QUEUE_KEYS',
                  `A queue lives in this Redis (${queue}): with ${wanted} what waits in it is thrown away.`,
                  {
                    exit: 'unhealthy',
                    suggestions: ['Take noeviction or volatile-lru.'],
                  },
                );
            }
            const [, before] = (await client.call('CONFIG', 'GET', name)) as Buffer[];
            return { before: String(before ?? ''), after: wanted, done: false };
          },
          changes: ({ before, after }) =>
            before === after && !this.flags.persist
              ? []
              : [
                  {
                    kind: 'edit',
                    what: `${name} of ${where}`,
                    detail: `${before} → ${after}${this.flags.persist ? ', and written into its file' : ', until its next restart'}`,
                  },
                ],
          question: () => `${name} of ${where} will be set.`,
          apply: async (plan) => {
            plan.done = true;
            await client.call('CONFIG', 'SET', name, plan.after);
            // Answers an error when Redis was started without a file, whatever redis-cli makes of it.
            if (this.flags.persist) await client.call('CONFIG', 'REWRITE');
          },
          verify: async ({ after }) => {
            const [, now] = (await client.call('CONFIG', 'GET', name)) as Buffer[];
            return String(now) === after ? undefined : `${name} is ${now}, and not ${after}.`;
          },
          undo: async ({ before, done }) => {
            if (done) await client.call('CONFIG', 'SET', name, before);
          },
        },
        (done, { before, after }) => ({
          ...done,
          where,
          name,
          before,
          after,
          persisted: this.flags.persist && done.outcome === 'applied',
        }),
      ),
    );
  }

  protected override text({ outcome, name, before, after, persisted }: SetResult): string {
    if (outcome === 'planned')
      return `Would set ${name} from ${before} to ${after}. Nothing was changed.`;
    if (outcome === 'unchanged') return `${name} is ${after} already.`;
    return `${name} is ${after}${persisted ? ', after the next restart too' : ' until the next restart; for ever: --persist'}.`;
  }
}

function sizeOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)\s*([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  if (number === undefined)
    throw new OpsError('E_USAGE', `\`${text}\` is no size.`, {
      exit: 'usage',
      suggestions: ['Write it as 512mb or 2gb; 0: no limit.'],
    });
  return Number(number) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
}

function policyOf(text: string): string {
  if (policies.includes(text)) return text;
  throw new OpsError('E_USAGE', `\`${text}\` is no policy of Redis.`, {
    exit: 'usage',
    suggestions: [`There are: ${policies.join(', ')}`],
  });
}
