import { Args, OpsCommand } from '@om-ops/kit';
import { type Listener, listeners, processOf } from '@om-ops/kit/proc';
import { formatTable } from '@om-ops/kit/text';
import { lookAtServices } from '../../look/managers.ts';
import { ownerOf } from '../../look/owners.ts';
import { siteServices } from '../../site-services.ts';

interface HeldPort {
  protocol: Listener['protocol'];
  address: string;
  port: number | null;
  /** Null when it may not be seen whose it is. */
  pid: number | null;
  /** How many processes share it. */
  processes: number;
  /** Its command line, without secrets. */
  command: string;
  /** Of the profile; null when it is none of these. */
  service: string | null;
}

interface PortsResult {
  ports: HeldPort[];
}

export default class ServicePorts extends OpsCommand<typeof ServicePorts, PortsResult> {
  static override summary = 'Show who listens on this machine, and which service that is.';
  static override description =
    'TCP and UDP of both kinds of addresses, and unix sockets, from /proc: no other program is needed. Whose the sockets of other users are is seen by root only; what could not be told is exit 7. A port that nobody holds is an answer, and no fault.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 8000',
  ];
  static override args = {
    port: Args.integer({ description: 'Only this port.', min: 1, max: 65_535 }),
  };

  protected override async perform(): Promise<PortsResult> {
    const { signal, redactor } = this.operation;
    const { all, managers } = await siteServices(this.site, this.abilities, signal, {
      mayBeNone: true,
    });
    const looks = await lookAtServices(all, managers, signal);
    const { port: wanted } = this.args;
    const found = listeners().filter(({ port }) => wanted === undefined || port === wanted);
    const ports = found.map(({ protocol, address, port, pids }): HeldPort => {
      const service = pids.map((pid) => ownerOf(pid, looks)).find((name) => name !== undefined);
      const [pid] = pids;
      const argv = pid === undefined ? [] : (processOf(pid)?.argv ?? []);
      return {
        protocol,
        address: redactor.foreign(address),
        port,
        pid: pid ?? null,
        processes: pids.length,
        command: redactor.foreign(argv.join(' ')).slice(0, 200),
        service: service ?? null,
      };
    });
    const unseen = ports.filter(({ pid, protocol }) => pid === null && protocol !== 'unix').length;
    if (unseen > 0 && process.geteuid?.() !== 0)
      this.incomplete(`Whose ${unseen} of these are may be seen by root only.`);
    ports.sort((a, b) => (a.port ?? 1e6) - (b.port ?? 1e6) || (a.address < b.address ? -1 : 1));
    return { ports };
  }

  protected override text({ ports }: PortsResult): string {
    const { port } = this.args;
    if (ports.length === 0)
      return port === undefined
        ? 'Nobody listens on this machine.'
        : `Nobody listens on port ${port}.`;
    return formatTable<HeldPort>(
      [
        { head: 'Port', cell: (one) => String(one.port ?? ''), align: 'right' },
        { head: 'Protocol', cell: ({ protocol }) => protocol },
        { head: 'Address', cell: ({ address }) => address },
        { head: 'Service', cell: ({ service }) => service ?? '–' },
        { head: 'Pid', cell: ({ pid }) => String(pid ?? '?'), align: 'right' },
        { head: 'Command', cell: ({ command }) => command.slice(0, 60) },
      ],
      ports,
    );
  }
}
