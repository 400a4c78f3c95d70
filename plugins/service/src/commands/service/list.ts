import { OpsCommand } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import type { Kind } from '../../site.ts';
import { siteServices } from '../../site-services.ts';

interface ListResult {
  /** Each after those that it needs. */
  services: {
    name: string;
    kind: Kind;
    target: string;
    after: string[];
    critical: boolean;
    wanted: boolean;
    /** What has to answer; null when nothing is asked. */
    ready: string | null;
    /** Patterns of log files. */
    logs: string[];
  }[];
}

export default class ServiceList extends OpsCommand<typeof ServiceList, ListResult> {
  static override summary = 'List the services of the profile, how each is run, and what it needs.';
  static override description =
    'In the order in which they are started. Asks nobody: how they are doing is `service status`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<ListResult> {
    const { all } = await siteServices(this.site, this.abilities, this.operation.signal);
    return {
      services: all.map(({ name, how, target, after, critical, wanted, ready, logs }) => ({
        name,
        kind: how.kind,
        target,
        after,
        critical,
        wanted,
        ready: ready.http ?? ready.tcp ?? ready.socket ?? ready.queue ?? null,
        logs,
      })),
    };
  }

  protected override text({ services }: ListResult): string {
    return formatTable(
      [
        { head: 'Service', cell: ({ name }) => name },
        { head: 'Run by', cell: ({ kind }) => kind },
        { head: 'As', cell: ({ target }) => target },
        { head: 'After', cell: ({ after }) => after.join(', ') },
        { head: 'Up when', cell: ({ ready }) => ready ?? 'it stays' },
        {
          head: '',
          cell: ({ critical, wanted }) =>
            [critical ? 'critical' : '', wanted ? '' : 'not always wanted']
              .filter(Boolean)
              .join(', '),
        },
      ],
      services,
    );
  }
}
