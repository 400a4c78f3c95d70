import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programPath, startDaemon, unprivilegedAccount } from './daemon.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

export interface MariaDbServer extends AsyncDisposable {
  readonly socket: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly pid: number;
  /** Runs SQL as root, who has no password, and returns what it prints, tab-separated, without a heading. */
  sql(statements: string, database?: string): Promise<string>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export interface MariaDbOptions {
  /** Further options of mariadbd: `--max-allowed-packet=64M`. */
  args?: readonly string[];
}

/** Starts a MariaDB server with a data folder, socket and port of its own. Takes some 2 s. */
export async function startMariaDb({ args = [] }: MariaDbOptions = {}): Promise<MariaDbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-mariadb-'));
  try {
    const account = unprivilegedAccount(['mysql']);
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(folder, 0o711);
    if (account !== undefined) {
      chownSync(folder, account.uid, account.gid);
      chownSync(data, account.uid, account.gid);
    }
    const user = account === undefined ? [] : [`--user=${account.name}`];
    await run(
      programPath('mariadb-install-db'),
      [
        '--no-defaults',
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--skip-name-resolve',
        `--datadir=${data}`,
        ...user,
      ],
      { maxBuffer: 16 * 1024 * 1024 },
    );
    const socket = join(folder, 'server.sock');
    const port = await freePort();
    const server = await startDaemon(
      programPath('mariadbd'),
      [
        '--no-defaults',
        ...user,
        `--datadir=${data}`,
        `--socket=${socket}`,
        `--pid-file=${join(folder, 'server.pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        '--innodb-buffer-pool-size=64M',
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-fast-shutdown=2',
        '--skip-log-bin',
        '--skip-name-resolve',
        '--performance-schema=OFF',
        ...args,
      ],
      /ready for connections/,
    );
    const stop = async (signal: NodeJS.Signals) => {
      await server.stop(signal);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    };
    return {
      socket,
      host: '127.0.0.1',
      port,
      pid: server.pid,
      sql: (statements, database) => query(socket, statements, database),
      kill: () => server.stop('SIGKILL'),
      // Nobody needs its data again, so it need not write them out.
      stop: () => stop('SIGKILL'),
      [Symbol.asyncDispose]: () => stop('SIGKILL'),
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function query(socket: string, statements: string, database?: string): Promise<string> {
  const child = run(
    programPath('mariadb'),
    [
      '--no-defaults',
      '--user=root',
      `--socket=${socket}`,
      '--batch',
      '--skip-column-names',
      '--default-character-set=utf8mb4',
      '--max-allowed-packet=256M',
      ...(database === undefined ? [] : [`--database=${database}`]),
    ],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  child.child.stdin?.on('error', () => {});
  child.child.stdin?.end(statements);
  const { stdout } = await child;
  return stdout;
}
