import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

/** A warning from the first on, critical from the second. */
export type Pair<T> = [T, T];

export interface CleanupRule {
  /** As it is written in SQL, with its schema where it needs one: `projects`, `audit.events`. */
  table: string;
  /** The column with the age. */
  column: string;
  /** `90d` */
  olderThan: string;
  /** `archive`: what goes is kept in a file that `--undo` puts back. */
  mode: 'archive' | 'delete';
  batch: number;
  /** Between two batches. */
  pause: string;
}

export interface DbSection {
  thresholds: {
    connectionsPercent: Pair<number>;
    idleInTransaction: Pair<string>;
    transaction: Pair<string>;
    deadPercent: number;
    xidAgePercent: Pair<number>;
    slotRetained: Pair<string>;
    sequencePercent: Pair<number>;
    indexMinBytes: string;
  };
  /** Never cancelled nor terminated. */
  protect: { applications: string[]; users: string[] };
  cleanup: Record<string, CleanupRule>;
}

const percents = z.tuple([z.number().min(0).max(100), z.number().min(0).max(100)]);
const duration = z
  .string()
  .regex(/^\d+\s*(?:ms|s|m|min|h|d|w)$/, 'expected a length of time: 100ms, 5m, 90d');
const durations = z.tuple([duration, duration]);
const size = z.string().regex(/^\d+\s*[KMGT]?B?$/i, 'expected a size: 10M, 5G');

export const dbSection: SiteSection<DbSection> = defineSection<DbSection>(
  'db',
  z.strictObject({
    thresholds: z
      .strictObject({
        connectionsPercent: percents.describe(
          'Of the connections that others than the administrator may have',
        ),
        idleInTransaction: durations,
        transaction: durations.describe('How long a transaction may be open'),
        deadPercent: z.number().min(1).max(100).describe('Dead rows of a table'),
        xidAgePercent: percents.describe('Of the transaction numbers there are before wraparound'),
        slotRetained: z.tuple([size, size]).describe('What a replication slot keeps of the WAL'),
        sequencePercent: percents.describe('Of the numbers a sequence has'),
        indexMinBytes: size.describe('Smaller indexes are not worth a word'),
      })
      .describe('From where on a number is a finding: warning, critical'),
    protect: z
      .strictObject({ applications: z.array(z.string().min(1)), users: z.array(z.string().min(1)) })
      .describe('Whose sessions are never cancelled nor terminated'),
    cleanup: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected small letters, digits and dashes'),
        z.strictObject({
          table: z.string().min(1).describe('As in SQL, with its schema where it needs one'),
          column: z.string().min(1).describe('The column with the age'),
          olderThan: duration,
          mode: z.enum(['archive', 'delete']).default('archive'),
          batch: z.int().min(1).max(100_000).default(1000),
          pause: duration.default('100ms'),
        }),
      )
      .describe('Old rows that may go'),
  }) as unknown as z.ZodType<DbSection>,
  {
    thresholds: {
      connectionsPercent: [80, 95],
      idleInTransaction: ['5m', '30m'],
      transaction: ['15m', '2h'],
      deadPercent: 20,
      xidAgePercent: [50, 75],
      slotRetained: ['5G', '20G'],
      sequencePercent: [75, 90],
      indexMinBytes: '10M',
    },
    protect: { applications: ['pg_dump', 'pg_basebackup', 'mariadb-dump', 'mysqldump'], users: [] },
    cleanup: {},
  },
);

const bytes: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `10M` → 10485760. */
export function bytesOf(text: string): number {
  const [, number = '0', unit = ''] = /^(\d+)\s*([KMGT]?)B?$/i.exec(text.trim()) ?? [];
  return Number(number) * (bytes[unit.toUpperCase()] ?? 1);
}

const lengths: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `5m` → 300000. */
export function msOf(text: string): number {
  const [, number = '0', unit = 'ms'] = /^(\d+)\s*(\w+)$/.exec(text.trim()) ?? [];
  return Number(number) * (lengths[unit] ?? 1);
}
