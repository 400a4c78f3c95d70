import { Flags, wholeNumber } from '@om-ops/kit';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  printableName,
} from '@om-ops/kit/text';
import { RedisCommand } from '../../server/redis-command.ts';
import {
  type KeyFacts,
  type Keys,
  keyOrders,
  lookAtKeys,
  type PrefixFacts,
} from '../../topics/keys.ts';
import { paragraphs } from '../../view/text.ts';

type KeysResult = Keys & { where: string };

export default class RedisKeys extends RedisCommand<typeof RedisKeys, KeysResult> {
  static override summary = 'Show the largest keys, and what each prefix takes.';
  static override description =
    'Goes through the keys with SCAN, in batches with a pause, so that others are served meanwhile; never KEYS. Shows names, never values.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> --pattern 'cache:*' --by idle",
  ];
  static override flags = {
    db: wholeNumber({ summary: 'Which database.', min: 0 }),
    pattern: Flags.string({ summary: 'Only names that match.', default: '*' }),
    top: wholeNumber({ summary: 'How many.', default: 20, min: 1 }),
    by: Flags.string({ summary: 'What is most.', options: [...keyOrders], default: 'bytes' }),
    'prefix-depth': wholeNumber({
      summary: 'How many parts between : make a prefix.',
      default: 1,
      min: 1,
    }),
    'max-keys': wholeNumber({ summary: 'Look at no more.', default: 10_000_000, min: 1 }),
    pace: Flags.string({ summary: 'Pause between two batches.', default: '1ms', helpValue: '5ms' }),
  };

  protected override async perform(): Promise<KeysResult> {
    const { db, pattern, top, by, 'prefix-depth': depth, 'max-keys': most, pace } = this.flags;
    const found = await this.runTask({
      title: 'Keys',
      run: (progress) =>
        this.withRedis(
          (client) =>
            lookAtKeys(client, {
              pattern,
              top,
              by: by as (typeof keyOrders)[number],
              depth,
              most,
              paceMs: paceOf(pace),
              progress,
            }),
          db,
        ),
      summary: ({ scanned }) => `${formatCount(scanned)} keys`,
    });
    if (found.cut) this.incomplete(`Only ${formatCount(most)} keys were looked at.`);
    return { ...found, where: (await this.address(db)).where };
  }

  protected override text({ keys, prefixes, scanned, where }: KeysResult): string {
    if (scanned === 0) return `No key of ${where} matches.`;
    const each = formatTable<KeyFacts>(
      [
        { head: 'KEY', cell: ({ key }) => printableName(key) },
        { head: 'TYPE', cell: ({ type }) => type },
        {
          head: 'SIZE',
          cell: ({ bytes }) => (bytes === null ? '' : formatBytes(bytes)),
          align: 'right',
        },
        {
          head: 'ELEMENTS',
          cell: ({ elements }) => (elements === null ? '' : formatCount(elements)),
          align: 'right',
        },
        {
          head: 'UNUSED FOR',
          cell: ({ idleSeconds }) =>
            idleSeconds === null ? '' : formatDuration(idleSeconds * 1000),
          align: 'right',
        },
        {
          head: 'ENDS IN',
          cell: ({ ttlSeconds }) =>
            ttlSeconds === null ? 'never' : formatDuration(ttlSeconds * 1000),
          align: 'right',
        },
      ],
      keys,
    );
    const all = formatTable<PrefixFacts>(
      [
        { head: 'PREFIX', cell: ({ prefix }) => printableName(prefix) },
        { head: 'KEYS', cell: (one) => formatCount(one.keys), align: 'right' },
        { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
        { head: 'WITHOUT END', cell: ({ forever }) => formatCount(forever), align: 'right' },
      ],
      prefixes,
    );
    return paragraphs(each, all, `${formatCount(scanned)} keys of ${where}.`);
  }
}

/** Milliseconds of `5ms` or `1s`. */
function paceOf(text: string): number {
  const [, number = '1', unit = 'ms'] = /^(\d+)\s*(ms|s)?$/.exec(text) ?? [];
  return Number(number) * (unit === 's' ? 1000 : 1);
}
