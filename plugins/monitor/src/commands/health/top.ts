import { setTimeout as delay } from 'node:timers/promises';
import { Flags, OpsCommand, OpsError, wholeNumber } from '@om-ops/kit';
import { formatBytes, formatTable, plural, printableName } from '@om-ops/kit/text';
import { thisMachine } from '../../readers/machine.ts';
import { userIds } from '../../readers/users.ts';
import { type Top, type TopOrder, topOf } from '../../top.ts';

interface TopResult extends Top {
  by: TopOrder;
}

/** Long enough for what works a little to be seen, and no longer than somebody likes to wait. */
const pauseMs = 1000;

export default class HealthTop extends OpsCommand<typeof HealthTop, TopResult> {
  static override summary = 'Show what takes the processors, the memory and the disks now.';
  static override description =
    'Processes of one command and user together, with the unit, container or PM2 app that keeps them, measured for a second. Arguments are not shown: they may be secrets. Reading and writing of other users only root may know.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --by memory --user www-data --limit 5',
  ];
  static override record = 'none' as const;
  static override flags = {
    by: Flags.option({
      summary: 'What it is sorted by.',
      options: ['cpu', 'memory', 'io'] as const,
      default: 'cpu' as const,
    })(),
    user: Flags.string({ summary: 'Only processes of this user.', helpValue: 'U' }),
    limit: wholeNumber({ summary: 'How many.', default: 15, min: 1, helpValue: 'N' }),
  };

  protected override async perform(): Promise<TopResult> {
    const { by, user, limit } = this.flags;
    if (user !== undefined && !userIds().has(user))
      throw new OpsError('E_NO_USER', `This machine knows no user ${user}.`, {
        exit: 'usage',
        suggestions: ['See which there are: getent passwd'],
      });
    const top = await this.runTask({
      title: 'Measure for a second',
      run: ({ signal }) =>
        topOf(thisMachine(), {
          by,
          user,
          limit,
          pause: () => delay(pauseMs, undefined, { signal }),
        }),
    });
    return { by, ...top };
  }

  protected override text({ groups, left, processes, hidden }: TopResult): string {
    const table = formatTable(
      [
        { head: 'COMMAND', cell: ({ command }) => printableName(command) },
        { head: 'USER', cell: ({ user }) => user },
        { head: 'N', cell: ({ processes: count }) => String(count), align: 'right' },
        { head: 'CPU', cell: ({ cpuPercent }) => `${cpuPercent}%`, align: 'right' },
        { head: 'MEMORY', cell: ({ memoryBytes }) => formatBytes(memoryBytes), align: 'right' },
        {
          head: 'DISK',
          cell: ({ ioBytes }) => (ioBytes === null ? '?' : `${formatBytes(ioBytes)}/s`),
          align: 'right',
        },
        { head: 'PID', cell: ({ pid }) => String(pid), align: 'right' },
        {
          head: 'KEPT BY',
          cell: ({ unit, pm2 }) => printableName(pm2 === null ? (unit ?? '') : `PM2 ${pm2}`),
        },
      ],
      groups,
    );
    const rest = left === 0 ? '' : `, and ${plural(left, 'command')} more with --limit`;
    const unknown =
      hidden === 0
        ? ''
        : `\nWhat ${plural(hidden, 'process reads and writes', 'processes read and write')} only root may know.`;
    return `${table}\n${plural(processes, 'process', 'processes')}${rest}; the CPU is of one processor.${unknown}`;
  }
}
