import { Args } from '@om-ops/kit';
import { formatTable, printable } from '@om-ops/kit/text';
import { RedisError, type Reply } from '../../../server/client.ts';
import { RedisCommand } from '../../../server/redis-command.ts';

interface ConfigResult {
  where: string;
  settings: { name: string; value: string }[];
}

const secret = /pass|auth$|secret/i;

export default class RedisConfigShow extends RedisCommand<typeof RedisConfigShow, ConfigResult> {
  static override summary = 'Show settings of Redis.';
  static override description = 'By name or pattern; passwords are not shown.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> 'maxmemory*'",
  ];
  static override args = {
    name: Args.string({ description: 'A name, or a pattern.', default: '*' }),
  };

  protected override async perform(): Promise<ConfigResult> {
    const reply = (await this.withRedis(async (client) => {
      const said = await client.call('CONFIG', 'GET', this.args.name ?? '*');
      if (said instanceof RedisError) throw said;
      return said;
    })) as Reply[];
    const settings = [];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const [name, value] = [String(reply[at]), String(reply[at + 1])];
      settings.push({
        name,
        value:
          secret.test(name) && value !== '' ? '<REDACTED>' : this.operation.redactor.foreign(value),
      });
    }
    return {
      where: (await this.address()).where,
      settings: settings.sort((one, other) => (one.name < other.name ? -1 : 1)),
    };
  }

  protected override text({ settings }: ConfigResult): string {
    if (settings.length === 0) return 'Redis has no such setting.';
    return formatTable<ConfigResult['settings'][number]>(
      [
        { head: 'SETTING', cell: ({ name }) => name },
        { head: 'VALUE', cell: ({ value }) => printable(value.slice(0, 100)) },
      ],
      settings,
    );
  }
}
