import { Flags, OpsCommand, wholeNumber } from '@om-ops/kit';
import { formatBytes, formatTable } from '@om-ops/kit/text';
import { serviceUsage, type Usage } from '../../look/usage.ts';
import { siteServices } from '../../site-services.ts';

interface TopResult {
  by: 'cpu' | 'memory' | 'io';
  samples: number;
  /** The greediest first. */
  services: Usage[];
}

const everyMs = 1000;

const keys: Readonly<Record<TopResult['by'], (one: Usage) => number>> = {
  cpu: ({ cpuPercent }) => cpuPercent ?? -1,
  memory: ({ memoryBytes }) => memoryBytes ?? -1,
  io: ({ readBytesPerSecond: read, writeBytesPerSecond: written }) =>
    read === null && written === null ? -1 : (read ?? 0) + (written ?? 0),
};

export default class ServiceTop extends OpsCommand<typeof ServiceTop, TopResult> {
  static override summary = 'Show what each service takes of the machine.';
  static override description =
    'Processor time of one core, memory (what the processes of a service share counts once), disks, processes, threads and restarts, by service and not by process. Processor and disks are what was used between the first sample and the last; samples are a second apart.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --by memory',
    '<%= config.bin %> <%= command.id %> --samples 10 --json',
  ];
  static override flags = {
    by: Flags.option({ options: ['cpu', 'memory', 'io'] as const })({
      summary: 'What the greediest is judged by.',
      default: 'cpu',
    }),
    samples: wholeNumber({ summary: 'How often it is looked.', default: 2, min: 2, max: 3600 }),
  };

  protected override async perform(): Promise<TopResult> {
    const { signal } = this.operation;
    const { by, samples } = this.flags;
    const { all, managers } = await siteServices(this.site, this.abilities, signal);
    const services = await this.runTask({
      title: 'Look',
      run: (progress) => serviceUsage(all, managers, { samples, everyMs, signal: progress.signal }),
    });
    const value = keys[by as TopResult['by']];
    return { by, samples, services: services.sort((a, b) => value(b) - value(a)) };
  }

  protected override text({ services }: TopResult): string {
    const rate = (bytes: number | null) => (bytes === null ? '–' : `${formatBytes(bytes)}/s`);
    return formatTable<Usage>(
      [
        { head: 'Service', cell: ({ name }) => name },
        {
          head: 'CPU',
          cell: ({ cpuPercent }) => (cpuPercent === null ? '–' : `${cpuPercent} %`),
          align: 'right',
        },
        {
          head: 'Memory',
          cell: ({ memoryBytes }) => (memoryBytes === null ? '–' : formatBytes(memoryBytes)),
          align: 'right',
        },
        { head: 'Reads', cell: (one) => rate(one.readBytesPerSecond), align: 'right' },
        { head: 'Writes', cell: (one) => rate(one.writeBytesPerSecond), align: 'right' },
        { head: 'Processes', cell: ({ processes }) => String(processes), align: 'right' },
        { head: 'Threads', cell: ({ threads }) => String(threads), align: 'right' },
        { head: 'Restarts', cell: ({ restarts }) => String(restarts ?? '–'), align: 'right' },
      ],
      services,
    );
  }
}
