import { setTimeout as pause } from 'node:timers/promises';
import { wholeNumber } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { info } from '../../server/client.ts';
import { RedisCommand } from '../../server/redis-command.ts';

interface WatchResult {
  where: string;
  seconds: number;
  perSecond: number;
  hitPercent: number | null;
  commands: { command: string; calls: number; microsPerCall: number }[];
}

export default class RedisWatch extends RedisCommand<typeof RedisWatch, WatchResult> {
  static override summary = 'Watch for some seconds which commands Redis gets.';
  static override description =
    'By its own counters (INFO commandstats), before and after: it costs nothing and shows no value. MONITOR, which prints everything that is written, passwords too, is not used.';
  static override examples = ['<%= config.bin %> <%= command.id %> --seconds 10'];
  static override flags = {
    seconds: wholeNumber({ summary: 'How long.', default: 5, min: 1, max: 300 }),
  };

  protected override async perform(): Promise<WatchResult> {
    const { seconds } = this.flags;
    const { where } = await this.address();
    return this.runTask({
      title: `Watch for ${seconds} s`,
      run: ({ signal }) =>
        this.withRedis(async (client) => {
          const look = async () => ({
            stats: await info(client, 'stats'),
            commands: await info(client, 'commandstats'),
          });
          const before = await look();
          const started = performance.now();
          await pause(seconds * 1000, undefined, { signal });
          const after = await look();
          const took = (performance.now() - started) / 1000;
          const since = (name: string) =>
            Number(after.stats.get(name) ?? 0) - Number(before.stats.get(name) ?? 0);
          const asked = since('keyspace_hits') + since('keyspace_misses');
          const commands = [...after.commands].flatMap(([name, value]) => {
            const [calls, micros] = counts(value);
            const [oldCalls, oldMicros] = counts(before.commands.get(name) ?? '');
            const command = name.replace(/^cmdstat_/, '');
            // Its own looking is none of theirs.
            return calls === oldCalls || command === 'info'
              ? []
              : [
                  {
                    command,
                    calls: calls - oldCalls,
                    microsPerCall: Math.round((micros - oldMicros) / (calls - oldCalls)),
                  },
                ];
          });
          return {
            where,
            seconds: Math.round(took * 10) / 10,
            perSecond: Math.round(since('total_commands_processed') / took),
            hitPercent: asked === 0 ? null : Math.round((100 * since('keyspace_hits')) / asked),
            commands: commands.toSorted((one, other) => other.calls - one.calls),
          };
        }),
    });
  }

  protected override text({ commands, perSecond, hitPercent, seconds }: WatchResult): string {
    const table = formatTable<WatchResult['commands'][number]>(
      [
        { head: 'COMMAND', cell: ({ command }) => command },
        { head: 'CALLS', cell: ({ calls }) => `${calls}`, align: 'right' },
        { head: 'EACH TOOK', cell: ({ microsPerCall }) => `${microsPerCall} µs`, align: 'right' },
      ],
      commands,
    );
    return `${commands.length === 0 ? 'No command came.' : table}\n\n${perSecond} commands a second in ${seconds} s${hitPercent === null ? '' : `; ${hitPercent} % of the keys that were asked for were there`}.`;
  }
}

function counts(value: string): [number, number] {
  const [, calls = '0', micros = '0'] = /calls=(\d+),usec=(\d+)/.exec(value) ?? [];
  return [Number(calls), Number(micros)];
}
