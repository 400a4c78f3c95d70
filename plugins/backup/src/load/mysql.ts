import type { Readable } from 'node:stream';
import { exec, OpsError, programMissing } from '@om-ops/kit';
import {
  type DatabaseConnection,
  explainMysql,
  findQueryProgram,
  mysqlArguments,
  mysqlEnvironment,
  optionFile,
  withSecretFile,
} from '@om-ops/kit/database';
import type { LoadTarget, OriginalDatabase, TargetState } from './target.ts';

/** A database of a MariaDB or MySQL server. `folder` is private. */
export class MysqlTarget implements LoadTarget {
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
    return socket ?? `${host}:${port ?? 3306}`;
  }

  async state(signal: AbortSignal): Promise<TargetState> {
    const name = `CONVERT(0x${Buffer.from(this.#name).toString('hex')} USING utf8mb4)`;
    const answer = await this.#ask(
      `SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ${name};
       SELECT (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ${name})
         + (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = ${name});`,
      signal,
    );
    const [there, tables] = answer.trim().split('\n').map(Number);
    if (there === 0) return 'absent';
    return tables === 0 ? 'empty' : 'filled';
  }

  async create({ characterSet, collation }: OriginalDatabase, signal: AbortSignal): Promise<void> {
    const word = /^\w+$/;
    const as = [
      ...(word.test(characterSet ?? '') ? [`CHARACTER SET ${characterSet}`] : []),
      ...(word.test(collation ?? '') ? [`COLLATE ${collation}`] : []),
    ].join(' ');
    await this.#ask(`CREATE DATABASE ${quoted(this.#name)} ${as};`, signal);
  }

  async load(sql: Readable, signal: AbortSignal): Promise<void> {
    await this.#run(sql, signal, this.#name, 'load');
  }

  async rows(signal: AbortSignal): Promise<Map<string, number>> {
    const names = await this.#ask(
      `SELECT HEX(CONVERT(table_name USING utf8mb4)) FROM information_schema.tables
       WHERE table_schema = DATABASE() AND table_type NOT IN ('VIEW', 'SYSTEM VIEW', 'SEQUENCE');`,
      signal,
      this.#name,
    );
    const tables = names
      .split('\n')
      .filter((line) => line !== '')
      .map((hex) => Buffer.from(hex, 'hex').toString());
    const counts = await this.#ask(
      tables.map((table) => `SELECT COUNT(*) FROM ${quoted(table)};`).join('\n'),
      signal,
      this.#name,
    );
    const numbers = counts.split('\n');
    return new Map(tables.map((table, index) => [table, Number(numbers[index])]));
  }

  async drop(): Promise<void> {
    await this.#ask(`DROP DATABASE ${quoted(this.#name)};`, new AbortController().signal);
  }

  swap(original: string): string[] {
    return [
      `Stop the site, put ${this.#name} in the place of ${original} in its env file, and start it again.`,
      `Who uses it needs the same rights: GRANT ALL ON ${quoted(this.#name)}.* TO '${this.#connection.user ?? 'USER'}'@'localhost'`,
      `Keep ${original} until the site was seen to work.`,
    ];
  }

  #ask(query: string, signal: AbortSignal, database?: string): Promise<string> {
    return this.#run(query, signal, database, 'ask');
  }

  async #run(
    input: string | Readable,
    signal: AbortSignal,
    database: string | undefined,
    what: 'ask' | 'load',
  ): Promise<string> {
    const program = findQueryProgram();
    if (program === undefined) {
      throw programMissing(
        'mariadb',
        'Install it: sudo apt-get install mariadb-client (or mysql-client)',
      );
    }
    const connection = this.#connection;
    const context = {
      program,
      connection,
      where: this.#where,
      doing: what === 'load' ? `load into ${this.place}` : `prepare ${this.place}`,
    };
    const result = await withSecretFile(this.#folder, optionFile(connection), (fd) =>
      exec(
        program,
        [
          ...mysqlArguments(connection),
          // An option file may say the contrary of the first: errors end it.
          ...['--skip-force', '--batch', '--skip-column-names', '--connect-timeout=15'],
          ...['--default-character-set=utf8mb4', '--max-allowed-packet=1G'],
          ...(database === undefined ? [] : [`--database=${database}`]),
        ],
        {
          inherit: [fd],
          env: mysqlEnvironment(connection, this.#folder),
          input,
          signal,
          accept: 'any',
        },
      ),
    );
    if (result.exitCode === 0) return result.stdout;
    throw refusal(result.stderr, this.#name, context.doing) ?? explainMysql(result, context);
  }
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** What only loading meets. */
function refusal(stderr: string, name: string, doing: string): OpsError | undefined {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (/\b1044\b|\b1142\b/.test(said)) {
    return new OpsError('E_DATABASE_ACCESS', `Cannot ${doing}: ${said}`, {
      suggestions: [
        `Have an administrator make it, and run this again: sudo mariadb -e "CREATE DATABASE ${quoted(name)}; GRANT ALL ON ${quoted(name)}.* TO 'USER'@'localhost'"`,
      ],
    });
  }
  if (/\b1227\b|SET USER|SET_USER_ID|SUPER/.test(said)) {
    return new OpsError(
      'E_DATABASE_ACCESS',
      `Cannot ${doing}: a view, trigger or routine in the dump has a DEFINER that this user may not set: ${said}`,
      {
        suggestions: [
          'Load it as an administrator of the server: name such a user in the profile of the server that restores (database.user).',
          "Or take the DEFINER clauses out: zcat DUMP.sql.gz | sed -E 's/DEFINER=`[^`]*`@`[^`]*`//g' | mariadb NEW",
        ],
      },
    );
  }
  return undefined;
}
