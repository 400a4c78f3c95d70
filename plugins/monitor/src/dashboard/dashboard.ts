import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { hostname, userInfo } from 'node:os';
import type { Abilities, Redact, Site } from '@om-ops/kit';
import { thisMachine } from '../readers/machine.ts';
import { dashboardPage } from '../report/dashboard-page.ts';
import { chartHistory } from './chart-history.ts';
import { listenOnPort, listenOnSocket } from './listen.ts';
import { LiveHost } from './live-host.ts';
import { LiveSite } from './live-site.ts';
import { type AckWish, dashboardServer } from './server.ts';
import { Watchers } from './watchers.ts';

export interface DashboardOptions {
  site: Site;
  abilities: Pick<Abilities, 'watched' | 'logSources'>;
  version: string;
  /** The port of loopback; a socket takes its place. */
  port: number;
  socket: string | undefined;
  hosts: readonly string[];
  everyMs: number;
  /** Ends when nobody has watched for so long. */
  idleMs: number;
  ack: ((wish: AckWish) => Promise<void>) | undefined;
  redact: Redact;
  warn(message: string): void;
}

/** Where it can be opened. */
export interface DashboardAddress {
  /** With its token, behind `#`: that part is sent to nobody. */
  url: string;
  socket: string | null;
  /** What makes the address work on another machine. */
  ssh: string;
}

/** A dashboard that runs. */
export class Dashboard {
  readonly address: DashboardAddress;
  readonly #server: Server;
  readonly #watchers: Watchers;
  readonly #socket: string | undefined;
  readonly #idleMs: number;

  private constructor(
    address: DashboardAddress,
    server: Server,
    watchers: Watchers,
    { socket, idleMs }: Pick<DashboardOptions, 'socket' | 'idleMs'>,
  ) {
    this.address = address;
    this.#server = server;
    this.#watchers = watchers;
    this.#socket = socket;
    this.#idleMs = idleMs;
  }

  /** @throws OpsError E_PORT_TAKEN, E_SOCKET_TAKEN, E_PERMISSION, E_NOT_FOUND, E_REPORT_PAGE */
  static async start(options: DashboardOptions): Promise<Dashboard> {
    const { site, abilities, everyMs, socket, ack, redact } = options;
    const machine = thisMachine();
    const live = new LiveSite({
      site,
      machine,
      host: await LiveHost.of(site, machine),
      abilities,
      redact,
    });
    const problems = new Set<string>();
    const watchers = new Watchers(live, everyMs, (error) => {
      const message = error instanceof Error ? error.message : String(error);
      // Every two seconds the same would be all that is read.
      if (!problems.has(message)) options.warn(message);
      problems.add(message);
    });
    const token = randomBytes(24).toString('hex');
    const server = dashboardServer({
      token,
      hosts: options.hosts,
      page: await dashboardPage(site.site, options.version, {
        everyMs,
        allowsAck: ack !== undefined,
      }),
      watchers,
      history: (window) => chartHistory(site.state, window, { kept: live.keptPass(), redact }),
      ack,
    });
    if (socket === undefined) {
      const port = await listenOnPort(server, options.port);
      return new Dashboard(addressOf(token, port, port), server, watchers, options);
    }
    await listenOnSocket(server, socket);
    return new Dashboard(addressOf(token, 7861, socket), server, watchers, options);
  }

  /** Resolves when the signal aborts, or when nobody has watched for long. */
  async ended(signal: AbortSignal): Promise<'interrupt' | 'idle'> {
    const { promise, resolve } = Promise.withResolvers<'interrupt' | 'idle'>();
    if (signal.aborted) return 'interrupt';
    signal.addEventListener('abort', () => resolve('interrupt'), { once: true });
    const look = () => {
      const idle = performance.now() - this.#watchers.idleSince;
      if (this.#watchers.count === 0 && idle >= this.#idleMs) resolve('idle');
      else timer = setTimeout(look, this.#watchers.count > 0 ? this.#idleMs : this.#idleMs - idle);
    };
    let timer = setTimeout(look, this.#idleMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#watchers.end();
    this.#server.close();
    this.#server.closeAllConnections();
    // A socket that is closed is taken away by Node; one that somebody has replaced is theirs.
    if (this.#socket !== undefined) rmSync(this.#socket, { force: true });
  }
}

function addressOf(token: string, port: number, there: number | string): DashboardAddress {
  const target = typeof there === 'number' ? `127.0.0.1:${there}` : there;
  return {
    url: `http://127.0.0.1:${port}/#${token}`,
    socket: typeof there === 'number' ? null : there,
    ssh: `ssh -N -L ${port}:${target} ${userInfo().username}@${hostname()}`,
  };
}
