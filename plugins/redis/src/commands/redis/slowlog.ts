import { confirmFlag, dryRunFlag, Flags, wholeNumber } from '@om-ops/kit';
import { formatTable, formatTime, printable } from '@om-ops/kit/text';
import type { Reply } from '../../server/client.ts';
import { RedisCommand } from '../../server/redis-command.ts';

interface SlowCommand {
  at: string;
  ms: number;
  /** The command, and its first key; never what it writes. */
  command: string;
  client: string;
}

interface SlowlogResult {
  where: string;
  commands: SlowCommand[];
  reset: boolean;
}

export default class RedisSlowlog extends RedisCommand<typeof RedisSlowlog, SlowlogResult> {
  static override summary = 'Show the commands that took Redis long.';
  static override description = 'The command and its key, never the values. --reset forgets them.';
  static override examples = ['<%= config.bin %> <%= command.id %> --top 20'];
  static override flags = {
    top: wholeNumber({ summary: 'How many of the newest.', default: 20, min: 1 }),
    reset: Flags.boolean({ summary: 'Forget them, after showing them.', default: false }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<SlowlogResult> {
    const { where } = await this.address();
    const reply = (await this.withRedis((client) =>
      client.call('SLOWLOG', 'GET', this.flags.top),
    )) as Reply[];
    const commands = reply.map((one): SlowCommand => {
      const [, at, micro, args, client] = one as [number, number, number, Buffer[], Buffer?];
      return {
        at: new Date(at * 1000).toISOString(),
        ms: Math.round(micro / 10) / 100,
        command: this.operation.redactor.foreign(
          args
            .slice(0, /^(?:auth|hello|config|acl|eval)/i.test(args[0]?.toString() ?? '') ? 1 : 2)
            .map(String)
            .join(' '),
        ),
        client: client?.toString() ?? '',
      };
    });
    if (!this.flags.reset || this.dryRun) return { where, commands, reset: false };
    this.keep({ where, commands, reset: false });
    await this.confirm(`The slow commands that ${where} remembers are forgotten.`);
    await this.withRedis((client) => client.call('SLOWLOG', 'RESET'));
    return { where, commands, reset: true };
  }

  protected override text({ commands, reset }: SlowlogResult): string {
    const table = formatTable<SlowCommand>(
      [
        { head: 'AT', cell: ({ at }) => formatTime(at) },
        { head: 'TOOK', cell: ({ ms }) => `${ms} ms`, align: 'right' },
        { head: 'COMMAND', cell: ({ command }) => printable(command) },
        { head: 'FROM', cell: ({ client }) => client },
      ],
      commands,
    );
    const end = reset
      ? '\n\nThey are forgotten.'
      : this.flags.reset && this.dryRun
        ? '\n\nWould forget them. Nothing was changed.'
        : '';
    return `${commands.length === 0 ? 'No command took long.' : table}${end}`;
  }
}
