import { exec, execStream, isOpsError, OpsError } from '@om-ops/kit';
import {
  conninfo,
  type DatabaseConnection,
  explainPostgres,
  findPgDump,
  majorOf,
  type PgDump,
  type PlannedDatabase,
  passfile,
  pgDump,
  postgresEnvironment,
  psql,
  serverArguments,
  withSecretFile,
} from '@om-ops/kit/database';
import {
  type DatabaseEngine,
  type DatabaseFacts,
  leftOut,
  type RunningDump,
  type ServerFacts,
} from '../engine.ts';

const dumpOptions = [
  '--format=plain',
  '--encoding=UTF8',
  // Asks nobody; a missing password is an error.
  '--no-password',
  // A migration that holds a table must not hold the backup for ever.
  '--lock-wait-timeout=600000',
];

const facts = `SELECT current_setting('server_version'), pg_database_size(current_database()),
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'),
  pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()`;

/** PostgreSQL, by pg_dump. `folder` is private to this backup. */
export class PostgresEngine implements DatabaseEngine {
  readonly name = 'postgres';
  readonly where: string;
  readonly #connection: DatabaseConnection;
  readonly #folder: string;
  #program: PgDump | undefined;

  constructor(connection: DatabaseConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
    const { host = 'localhost', port, socket } = connection;
    this.where = `${socket ?? host}:${port ?? 5432}`;
  }

  async inspect(databases: readonly PlannedDatabase[], signal: AbortSignal): Promise<ServerFacts> {
    // Before the server is asked: without it nothing else matters.
    pgDump.need();
    let server: string | undefined;
    const known = new Map<string, DatabaseFacts>();
    const absent: PlannedDatabase[] = [];
    if (psql.find() !== undefined) {
      for (const database of databases) {
        const answer = await this.#ask(database, signal).catch((error: unknown) => {
          if (!database.optional || !isOpsError(error) || error.code !== 'E_DATABASE_UNKNOWN')
            throw error;
          absent.push(database);
        });
        if (answer === undefined) continue;
        const [version = '', bytes, tables, characterSet = '', collation = ''] = answer.split('\t');
        server ??= version;
        known.set(database.name, {
          bytes: Number(bytes),
          tables: Number(tables),
          characterSet,
          collation,
        });
      }
    }
    const program = await this.#chooseProgram(server, signal);
    return {
      client: `pg_dump ${program.version}`,
      databases: known,
      absent: absent.map(({ name }) => name),
      warnings: absent.map((database) => leftOut(database, this.where)),
      ...(server === undefined ? {} : { server }),
    };
  }

  async start(database: PlannedDatabase, signal: AbortSignal): Promise<RunningDump> {
    const program = this.#program ?? (await this.#chooseProgram(undefined, signal));
    const { stdout, done } = await this.#withPassfile((inherit) =>
      execStream(
        program.path,
        [
          ...dumpOptions,
          ...serverArguments(this.#connection),
          `--dbname=${conninfo(database.name)}`,
        ],
        { inherit, env: postgresEnvironment(this.#connection), signal, accept: 'any' },
      ),
    );
    const judgement = this.#judge(done, database);
    // It may come before anybody awaits it.
    judgement.catch(() => {});
    return { output: stdout, done: judgement };
  }

  async #chooseProgram(server: string | undefined, signal: AbortSignal): Promise<PgDump> {
    const program = await findPgDump(majorOf(server), signal);
    if (server !== undefined && program.major < (majorOf(server) ?? 0)) {
      throw new OpsError(
        'E_PROGRAM_TOO_OLD',
        `pg_dump ${program.version} cannot dump PostgreSQL ${server} at ${this.where}: it has to be at least as new as the server.`,
        {
          exit: 'requirement',
          suggestions: [`Install it: sudo apt-get install postgresql-client-${majorOf(server)}`],
        },
      );
    }
    this.#program = program;
    return program;
  }

  async #ask(database: PlannedDatabase, signal: AbortSignal): Promise<string> {
    const context = { program: 'psql', connection: this.#connection, where: this.where, database };
    const result = await this.#withPassfile((inherit) =>
      exec(
        'psql',
        [
          ...[
            '--no-psqlrc',
            '--no-password',
            '--tuples-only',
            '--no-align',
            '--field-separator=\t',
          ],
          ...serverArguments(this.#connection),
          `--dbname=${conninfo(database.name)}`,
          `--command=${facts}`,
        ],
        {
          inherit,
          env: postgresEnvironment(this.#connection),
          signal,
          accept: 'any',
          timeoutMs: 60_000,
        },
      ),
    ).catch((error: unknown) => {
      throw explainPostgres({ error }, context);
    });
    if (result.exitCode !== 0) throw explainPostgres(result, context);
    return result.stdout.trimEnd();
  }

  async #withPassfile<T>(use: (inherit: number[]) => Promise<T>): Promise<T> {
    const { password } = this.#connection;
    if (password === undefined) return await use([]);
    return await withSecretFile(this.#folder, passfile(password), (fd) => use([fd]));
  }

  async #judge(
    done: Promise<{ exitCode: number; stderr: string }>,
    database: PlannedDatabase,
  ): Promise<string[]> {
    const context = {
      program: 'pg_dump',
      connection: this.#connection,
      where: this.where,
      database,
    };
    let ended: { exitCode: number; stderr: string };
    try {
      ended = await done;
    } catch (error) {
      throw explainPostgres({ error }, context);
    }
    if (ended.exitCode !== 0) throw explainPostgres(ended, context);
    return ended.stderr.split('\n').filter((line) => /\bwarning:/i.test(line));
  }
}
