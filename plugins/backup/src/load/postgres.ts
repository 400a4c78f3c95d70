import type { Readable } from 'node:stream';
import { exec, OpsError } from '@om-ops/kit';
import {
  conninfo,
  type DatabaseConnection,
  explainPostgres,
  passfile,
  postgresEnvironment,
  serverArguments,
  withSecretFile,
} from '@om-ops/kit/database';
import type { LoadTarget, OriginalDatabase, TargetState } from './target.ts';

const ownTables = `n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'`;

/** A database of a PostgreSQL server. `folder` is private. */
export class PostgresTarget implements LoadTarget {
  readonly place: string;
  readonly #name: string;
  readonly #connection: DatabaseConnection;
  readonly #folder: string;

  constructor(name: string, connection: DatabaseConnection, folder: string) {
    this.#name = name;
    this.#connection = connection;
    this.#folder = folder;
    this.place = `${name} at ${this.#where}`;
  }

  get #where(): string {
    const { host = 'localhost', port, socket } = this.#connection;
    return `${socket ?? host}:${port ?? 5432}`;
  }

  async state(signal: AbortSignal): Promise<TargetState> {
    const there = await this.#maintain(
      `SELECT count(*) FROM pg_database WHERE datname = ${literal(this.#name)}`,
      signal,
    );
    if (there.trim() === '0') return 'absent';
    const held = await this.#run(
      `SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ownTables})
        + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${ownTables}
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'))`,
      signal,
      this.#name,
    );
    return held.trim() === '0' ? 'empty' : 'filled';
  }

  async create({ characterSet, collation }: OriginalDatabase, signal: AbortSignal): Promise<void> {
    const as = [
      ...(characterSet === undefined ? [] : [`ENCODING ${literal(characterSet)}`]),
      ...(collation === undefined ? [] : [`LC_COLLATE ${literal(collation)}`]),
    ];
    const make = `CREATE DATABASE ${identifier(this.#name)} TEMPLATE template0`;
    try {
      await this.#maintain(`${make} ${as.join(' ')}`, signal);
    } catch (error) {
      // A server of another machine may not know the locale.
      if (!(error instanceof OpsError) || !/locale|collation/i.test(error.message)) throw error;
      await this.#maintain(`${make} ${as[0] ?? ''}`, signal);
    }
  }

  async load(sql: Readable, signal: AbortSignal): Promise<void> {
    await this.#run(sql, signal, this.#name);
  }

  async rows(signal: AbortSignal): Promise<Map<string, number>> {
    const answer = await this.#run(
      `SELECT encode(convert_to(n.nspname || '.' || c.relname, 'UTF8'), 'hex') || ' ' ||
        (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM ONLY %I.%I', n.nspname, c.relname), false, true, '')))[1]::text
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND ${ownTables}
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
      signal,
      this.#name,
    );
    return new Map(
      answer
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [hex = '', count] = line.split(' ');
          return [Buffer.from(hex, 'hex').toString(), Number(count)];
        }),
    );
  }

  async drop(): Promise<void> {
    await this.#maintain(`DROP DATABASE ${identifier(this.#name)}`, new AbortController().signal);
  }

  swap(original: string): string[] {
    const [old, current] = [identifier(original), identifier(this.#name)];
    return [
      'Stop the site, so that nobody is connected, and swap the names:',
      `  psql -d postgres -c 'ALTER DATABASE ${old} RENAME TO ${identifier(`${original}_old`)}' -c 'ALTER DATABASE ${current} RENAME TO ${old}'`,
      `Keep ${original}_old until the site was seen to work.`,
    ];
  }

  /** Statements about databases go through one that every server has. */
  async #maintain(statement: string, signal: AbortSignal): Promise<string> {
    try {
      return await this.#run(statement, signal, 'postgres');
    } catch (error) {
      if (!(error instanceof OpsError) || error.code !== 'E_DATABASE_UNKNOWN') throw error;
      return await this.#run(statement, signal, 'template1');
    }
  }

  async #run(input: string | Readable, signal: AbortSignal, database: string): Promise<string> {
    const connection = this.#connection;
    const { password } = connection;
    const isLoad = typeof input !== 'string';
    const context = {
      program: 'psql',
      connection,
      where: this.#where,
      database: { name: database, member: '' },
      doing: isLoad ? `load into ${this.place}` : `prepare ${this.place}`,
    };
    const use = (inherit: number[]) =>
      exec(
        'psql',
        [
          ...['--no-psqlrc', '--no-password', '--quiet', '--tuples-only', '--no-align'],
          '--set=ON_ERROR_STOP=1',
          // One transaction: all of the dump, or nothing.
          ...(isLoad ? ['--single-transaction'] : []),
          ...serverArguments(connection),
          `--dbname=${conninfo(database)}`,
          '--file=-',
        ],
        { inherit, env: postgresEnvironment(connection), input, signal, accept: 'any' },
      );
    const result = await (password === undefined
      ? use([])
      : withSecretFile(this.#folder, passfile(password), (fd) => use([fd])));
    if (result.exitCode === 0) return result.stdout;
    throw refusal(result.stderr, context.doing) ?? explainPostgres(result, context);
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What only loading meets. */
function refusal(stderr: string, doing: string): OpsError | undefined {
  const said = stderr.split('\n').find((line) => /ERROR|FATAL/.test(line)) ?? '';
  const role = /role "(.*)" does not exist/.exec(said)?.[1];
  if (role !== undefined && !/FATAL/.test(said)) {
    return new OpsError(
      'E_DATABASE_ROLE',
      `Cannot ${doing}: the role ${role} owns something in the dump, and this server has no such role.`,
      {
        suggestions: [
          `Make it, without a login: psql -d postgres -c 'CREATE ROLE ${identifier(role)} NOLOGIN'`,
          "Or load it without owners: zcat DUMP.sql.gz | grep -vE '^ALTER .* OWNER TO ' | psql -X -1 -v ON_ERROR_STOP=1 NEW",
        ],
      },
    );
  }
  if (/permission denied to create database/.test(said)) {
    return new OpsError('E_DATABASE_ACCESS', `Cannot ${doing}: ${said}`, {
      suggestions: [
        'Have an administrator make it (sudo -u postgres createdb NEW), and run this again.',
      ],
    });
  }
  if (/must be (?:owner of|able to SET ROLE|member of)|permission denied/.test(said)) {
    return new OpsError('E_DATABASE_ACCESS', `Cannot ${doing}: ${said}`, {
      suggestions: [
        'Load it as a superuser of the server, or as a member of the role that owns it.',
      ],
    });
  }
  return undefined;
}
