import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { programPath, startDaemon, unprivilegedAccount } from './daemon.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

export interface PostgresServer extends AsyncDisposable {
  /** The folder of the socket, which libpq takes as a host. */
  readonly socketFolder: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  /** Empty when the server trusts everybody. */
  readonly password: string;
  readonly pid: number;
  /** Runs SQL with psql, stopping at the first error, and returns what it prints: tab-separated, no headings. */
  sql(statements: string, database?: string): Promise<string>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Demands this password of `postgres`. Default: everybody is trusted. */
  password?: string;
  /** Folder of the server's programs. Default: those of Debian, the newest. See {@link postgresOfNpm}. */
  programs?: string;
  /** Further settings: `shared_preload_libraries=pg_stat_statements`. */
  settings?: readonly string[];
}

/** The programs of another major version, which npm has; undefined where it has none for this machine. */
export function postgresOfNpm(major: 12 | 18): string | undefined {
  if (process.arch !== 'x64') return undefined;
  const places = createRequire(import.meta.url).resolve.paths('postgres') ?? [];
  const root = places.map((place) => join(place, `postgres-${major}`)).find(existsSync);
  if (root === undefined) throw new Error(`PostgreSQL ${major} is not installed: npm install`);
  const folder = join(root, 'native/bin');
  // npm keeps no links and no permission to run.
  const links = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755);
  return folder;
}

/** Starts a PostgreSQL server with a data folder, socket and port of its own. Takes some 2 s. */
export async function startPostgres({
  password = '',
  programs,
  settings = [],
}: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-postgres-'));
  try {
    const account = unprivilegedAccount(['postgres']);
    const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
    chmodSync(folder, 0o711);
    if (account !== undefined) chownSync(folder, account.uid, account.gid);
    const folders = programs === undefined ? serverPrograms() : [programs];
    const data = join(folder, 'data');
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o644 });
    await run(
      programPath('initdb', folders),
      [
        `--pgdata=${data}`,
        '--username=postgres',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
        ...(password === ''
          ? ['--auth=trust']
          : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`]),
      ],
      { ...as, cwd: folder },
    );
    rmSync(passwordFile);
    const port = await freePort();
    const server = await startDaemon(
      programPath('postgres', folders),
      [
        ...['-D', data, '-p', String(port), '-k', folder],
        ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=64MB']
          .concat(['listen_addresses=127.0.0.1', 'max_wal_size=4GB'], settings)
          .flatMap((setting) => ['-c', setting]),
      ],
      /database system is ready to accept connections/,
      { ...as, cwd: folder, env: { ...process.env, LC_ALL: 'C' } },
    );
    const stop = async () => {
      await server.stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    };
    return {
      socketFolder: folder,
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      pid: server.pid,
      sql: (statements, database = 'postgres') =>
        query(folder, port, password, statements, database),
      kill: () => server.stop('SIGQUIT'),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Debian keeps the server's programs off PATH; the newest version first. */
function serverPrograms(): string[] {
  const base = '/usr/lib/postgresql';
  try {
    return readdirSync(base)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(base, version, 'bin'));
  } catch {
    return [];
  }
}

async function query(
  socketFolder: string,
  port: number,
  password: string,
  statements: string,
  database: string,
): Promise<string> {
  const child = run(
    programPath('psql', serverPrograms()),
    [
      ...['--no-psqlrc', '--no-password', '--quiet', '--tuples-only', '--no-align'],
      ...['--field-separator=\t', '--set=ON_ERROR_STOP=1', '--username=postgres'],
      ...[`--host=${socketFolder}`, `--port=${port}`, `--dbname=${database}`, '--file=-'],
    ],
    { maxBuffer: 256 * 1024 * 1024, env: { ...process.env, PGPASSWORD: password } },
  );
  child.child.stdin?.on('error', () => {});
  child.child.stdin?.end(statements);
  const { stdout } = await child;
  return stdout;
}
