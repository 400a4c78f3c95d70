import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface RedisSection {
  /** `redis://127.0.0.1:6379/0`, `rediss://…`, `unix:///run/redis.sock`; null: from the env files, else 127.0.0.1:6379. Never with a password. */
  url: string | null;
  /** Settings of the env files that hold the address, the first that is set counts. */
  envKeys: string[];
  passwordKeys: string[];
  /** Database by the name of the queue in it: these are never flushed. */
  queues: Record<string, number>;
  thresholds: { memoryPercent: [number, number]; fragmentation: number };
}

const percent = z.number().min(0).max(100);

export const redisSection: SiteSection<RedisSection> = defineSection<RedisSection>(
  'redis',
  z.strictObject({
    url: z
      .string()
      .regex(
        /^(?:rediss?|unix|valkeys?):\/\//,
        'expected redis://host:6379, rediss:// or unix:///path',
      )
      .nullable()
      .describe(
        'Where it is; null: from the env files, else 127.0.0.1:6379. Never with a password',
      ),
    envKeys: z.array(z.string().min(1)).describe('Settings of the env files that hold the address'),
    passwordKeys: z
      .array(z.string().min(1))
      .describe('Settings of the env files that hold the password'),
    queues: z
      .record(z.string().min(1), z.int().min(0).max(1_000_000))
      .describe('Database by the name of the queue in it: never flushed'),
    thresholds: z
      .strictObject({
        memoryPercent: z.tuple([percent, percent]).describe('Of maxmemory: warning, critical'),
        fragmentation: z
          .number()
          .min(1)
          .describe('Memory of the process by the memory of the data'),
      })
      .describe('From where on a number is a finding'),
  }) as unknown as z.ZodType<RedisSection>,
  {
    url: null,
    envKeys: ['REDIS_URL'],
    passwordKeys: ['REDIS_PASSWORD'],
    queues: {},
    thresholds: { memoryPercent: [80, 95], fragmentation: 1.5 },
  },
);

export interface QueueEntry {
  kind: 'celery' | 'bullmq' | 'list';
  /** Names of queues; of BullMQ without the prefix. */
  queues: string[];
  /** Of BullMQ. */
  prefix: string;
  /** Database of Redis. */
  db: number;
  maxWaiting: number | null;
  /** `15m`: how old the oldest may be; null: no matter. */
  maxAge: string | null;
  /** A list of dead letters: anything in it is a finding. */
  dead: boolean;
}

export const queuesSection: SiteSection<Record<string, QueueEntry>> = defineSection<
  Record<string, QueueEntry>
>(
  'queues',
  z.record(
    z.string().min(1),
    z.strictObject({
      kind: z.enum(['celery', 'bullmq', 'list']).describe('Who keeps it in Redis'),
      queues: z.array(z.string().min(1)).min(1).describe('Names of the queues'),
      prefix: z.string().min(1).default('bull').describe('Of BullMQ: what its keys begin with'),
      db: z.int().min(0).default(0).describe('Database of Redis'),
      maxWaiting: z
        .int()
        .min(0)
        .nullable()
        .default(null)
        .describe('More than so many waiting is a finding'),
      maxAge: z
        .string()
        .regex(/^\d+\s*(?:s|m|min|h|d)$/, 'expected a length of time: 15m')
        .nullable()
        .default(null)
        .describe('An older one waiting is a finding'),
      dead: z.boolean().default(false).describe('Dead letters: any is a finding'),
    }),
  ) as unknown as z.ZodType<Record<string, QueueEntry>>,
  {},
);
