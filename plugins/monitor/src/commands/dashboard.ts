import { resolve } from 'node:path';
import {
  Flags,
  OpsError,
  OpsStream,
  parseDuration,
  silentProgress,
  wholeNumber,
} from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import { Dashboard, type DashboardAddress } from '../dashboard/dashboard.ts';
import { openInBrowser } from '../dashboard/open-browser.ts';
import type { AckWish } from '../dashboard/server.ts';
import { dashboardSection } from '../site/dashboard.ts';

/** The address first; `say` is for people. */
type DashboardLine = DashboardAddress | { say: string };

export default class DashboardCommand extends OpsStream<typeof DashboardCommand, DashboardLine> {
  static override summary = 'Show the site live, in a browser.';
  static override description =
    'Serves one page on loopback, and nowhere else, to whom has the address with its token: how the site is, what needs somebody, charts, checks, errors as they come. It shows what is kept by those who watch; the machine is read only while the page is open. Ends at Ctrl-C, or when nobody has watched for --idle-exit. With --socket it listens on a file that only you may open, in place of a port.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --socket /run/user/1000/om-ops.sock --allow-ack',
  ];
  // Ctrl-C is how it is meant to end, with 0.
  static override handlesSignals = false;
  static override flags = {
    port: wholeNumber({
      summary: 'The port; 0: any that is free. Default: dashboard.port of the profile, 7861.',
      max: 65_535,
      exclusive: ['socket'],
    }),
    socket: Flags.string({ summary: 'A socket file in place of a port.', helpValue: 'FILE' }),
    'allow-ack': Flags.boolean({
      summary: 'Let alerts be acknowledged from the page.',
      default: false,
    }),
    every: Flags.string({
      summary: 'How often it looks while somebody watches.',
      default: '2s',
      helpValue: '2s',
    }),
    'idle-exit': Flags.string({
      summary: 'End when nobody has watched for so long.',
      default: '8h',
      helpValue: '8h',
    }),
    open: Flags.boolean({ summary: 'Open it in the browser of this desktop.', default: false }),
  };

  protected override get follows(): boolean {
    return true;
  }

  protected override async *lines(closed: AbortSignal): AsyncGenerator<DashboardLine> {
    const { flags, site } = this;
    const section = await site.section(dashboardSection);
    const idleMs = timeOf(flags['idle-exit'], '--idle-exit', 1000);
    const dashboard = await Dashboard.start({
      site,
      abilities: this.abilities,
      version: this.config.version,
      port: flags.port ?? section.port,
      socket: flags.socket === undefined ? undefined : resolve(flags.socket),
      hosts: section.hosts,
      everyMs: timeOf(flags.every, '--every', 500),
      idleMs,
      ack: flags['allow-ack'] ? (wish) => this.#acknowledge(wish) : undefined,
      redact: this.operation.redactor,
      warn: (message) => process.stderr.write(`${this.operation.redactor.foreign(message)}\n`),
    });
    const stop = new AbortController();
    const end = () => stop.abort();
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, end);
    let forget = () => {};
    try {
      yield dashboard.address;
      yield { say: `From another machine first: ${dashboard.address.ssh}` };
      yield { say: 'Ctrl-C ends it.' };
      if (flags.open) forget = await openInBrowser(dashboard.address.url);
      const why = await dashboard.ended(AbortSignal.any([stop.signal, closed]));
      if (why === 'idle')
        yield { say: `It ends: nobody has watched for ${formatDuration(idleMs)}.` };
    } finally {
      for (const signal of signals) process.off(signal, end);
      forget();
      dashboard.close();
    }
  }

  /** As the command does it: with its lock and its entry in the audit trail. */
  async #acknowledge({ id, for: length, note }: AckWish): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    await this.omOps(
      [
        ...['alert', 'ack', id],
        ...(length === null ? [] : [`--for=${length}`]),
        ...(note === null ? [] : [`--note=${note}`]),
      ],
      { progress: { ...silentProgress(), signal } },
    );
  }

  protected override line(line: DashboardLine): string {
    if ('say' in line) return line.say;
    return line.socket === null
      ? `Open ${line.url}`
      : `Open ${line.url} once ${line.socket} is forwarded.`;
  }
}

/** @throws OpsError E_USAGE (exit 2) */
function timeOf(text: string, flag: string, least: number): number {
  const ms = parseDuration(/^\d+$/.test(text.trim()) ? `${text.trim()}s` : text);
  // A timer takes no more than 24 days.
  if (ms >= least && ms <= 2_000_000_000) return ms;
  throw new OpsError(
    'E_USAGE',
    `${flag} is at least ${formatDuration(least)} and at most 23 d, and not \`${text}\`.`,
    {
      exit: 'usage',
      suggestions: ['Write it as 2s, 5m or 8h.'],
    },
  );
}
