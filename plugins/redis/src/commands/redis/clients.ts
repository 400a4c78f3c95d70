import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  printableName,
} from '@om-ops/kit/text';
import { RedisCommand } from '../../server/redis-command.ts';
import { type ClientGroup, clientGroups } from '../../topics/clients.ts';

interface ClientsResult {
  where: string;
  total: number;
  groups: ClientGroup[];
}

export default class RedisClients extends RedisCommand<typeof RedisClients, ClientsResult> {
  static override summary = 'Show who is connected to Redis, by name and address.';
  static override description =
    'How many connections each has, what they wait for, and what lies in their output buffers.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<ClientsResult> {
    const groups = clientGroups(await this.withRedis((client) => client.text('CLIENT', 'LIST')));
    return {
      where: (await this.address()).where,
      total: groups.reduce((sum, { count }) => sum + count, 0),
      groups,
    };
  }

  protected override text({ groups, total }: ClientsResult): string {
    const table = formatTable<ClientGroup>(
      [
        { head: 'NAME', cell: ({ name }) => printableName(name) },
        { head: 'ADDRESS', cell: ({ address }) => printableName(address) },
        { head: 'USER', cell: ({ user }) => printableName(user) },
        { head: 'COUNT', cell: ({ count }) => formatCount(count), align: 'right' },
        {
          head: 'LONGEST IDLE',
          cell: ({ idleSeconds }) => formatDuration(idleSeconds * 1000),
          align: 'right',
        },
        { head: 'OUTPUT', cell: ({ outputBytes }) => formatBytes(outputBytes), align: 'right' },
        { head: 'LAST COMMAND', cell: ({ commands }) => commands.join(', ') },
      ],
      groups,
    );
    return `${table}\n\n${total} connections, this one among them.`;
  }
}
