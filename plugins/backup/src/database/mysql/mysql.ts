import { execStream, type OpsError } from '@om-ops/kit';
import {
  type DatabaseConnection,
  type DumpProgram,
  explainMysql,
  findDumpPrograms,
  grantsFor,
  mysqlArguments,
  mysqlEnvironment,
  optionFile,
  type PlannedDatabase,
  parseGrants,
  unknownDatabase,
  unseenBy,
  withSecretFile,
} from '@om-ops/kit/database';
import { type DatabaseEngine, leftOut, type RunningDump, type ServerFacts } from '../engine.ts';
import { refuseThinningOptions } from './defaults.ts';
import { inspectMysql, type MysqlFacts } from './inspect.ts';

const dumpOptions = [
  '--opt',
  '--comments',
  // One snapshot without locks, so that the site goes on.
  '--single-transaction',
  '--routines',
  '--triggers',
  '--events',
  '--default-character-set=utf8mb4',
  // The usual ones, which an option file may have taken away.
  '--tz-utc',
  '--set-charset',
  '--quote-names',
  // Bytes in a text file survive editors, pipes and clients with another character set.
  '--hex-blob',
  // Needs the PROCESS privilege otherwise, and only NDB and old general tablespaces have use for it.
  '--no-tablespaces',
  // A row may be as large as the protocol allows.
  '--max-allowed-packet=1G',
];

/** MariaDB and MySQL, by whichever client program is there. `folder` is private to this backup. */
export class MysqlEngine implements DatabaseEngine {
  readonly name = 'mysql';
  readonly where: string;
  readonly #connection: DatabaseConnection;
  readonly #folder: string;
  #program: DumpProgram | undefined;
  #facts: MysqlFacts | undefined;

  constructor(connection: DatabaseConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
    const { host = 'localhost', port, socket } = connection;
    this.where = socket ?? `${host}:${port ?? 3306}`;
  }

  async inspect(databases: readonly PlannedDatabase[], signal: AbortSignal): Promise<ServerFacts> {
    const [programs, facts] = await Promise.all([
      findDumpPrograms(signal),
      inspectMysql(this.#connection, this.#folder, databases, signal),
    ]);
    const isOracle = facts?.server !== undefined && !/mariadb/i.test(facts.server);
    this.#program = programs.find((program) => program.isMariaDb !== isOracle) ?? programs[0]!;
    const env = mysqlEnvironment(this.#connection, this.#folder);
    await refuseThinningOptions(this.#program.name, env, signal);
    this.#facts = facts;
    const absent = this.#absent(databases);
    const unseen = this.#unseen(databases.filter((one) => !absent.includes(one)));
    return {
      unseen,
      client: `${this.#program.name} ${this.#program.version}`,
      databases: facts?.databases ?? new Map(),
      absent: absent.map(({ name }) => name),
      warnings: [
        ...absent.map((database) => leftOut(database, this.where)),
        ...this.#warnings(databases),
        ...this.#unseenWarnings(unseen),
      ],
      ...(facts === undefined ? {} : { server: facts.server }),
    };
  }

  async start(database: PlannedDatabase, signal: AbortSignal): Promise<RunningDump> {
    const program = this.#program ?? (await findDumpPrograms(signal))[0]!;
    const connection = this.#connection;
    const explain = (problem: { exitCode: number; stderr: string } | { error: unknown }) =>
      explainMysql(problem, {
        program: program.name,
        connection,
        where: this.where,
        database,
        isVisible: this.#facts !== undefined,
      });
    return await withSecretFile(this.#folder, optionFile(connection), async (fd) => {
      const { stdout, done } = await execStream(
        program.name,
        [
          ...mysqlArguments(connection),
          ...dumpOptions,
          ...program.options,
          ...(this.#keepsHistory(database) ? ['--dump-history'] : []),
          '--',
          database.name,
        ],
        { inherit: [fd], env: mysqlEnvironment(connection, this.#folder), signal, accept: 'any' },
      );
      const judgement = judged(done, explain);
      // It may come before anybody awaits it.
      judgement.catch(() => {});
      return { output: stdout, done: judgement };
    });
  }

  /** The optional ones. Of the others it says so before the first of several dumps, not hours later. */
  #absent(databases: readonly PlannedDatabase[]): PlannedDatabase[] {
    if (this.#facts === undefined) return [];
    // Some servers keep names in lower case only.
    const there = new Set([...this.#facts.databases.keys()].map((name) => name.toLowerCase()));
    const absent = databases.filter(({ name }) => !there.has(name.toLowerCase()));
    const needed = absent.find(({ optional }) => !optional);
    if (needed !== undefined) throw unknownDatabase(this.#connection, this.where, needed);
    return absent;
  }

  get #isMariaDb(): boolean {
    return /mariadb/i.test(this.#facts?.server ?? '');
  }

  /** A dump holds what its user may see, and says nothing of the rest. */
  #unseen(databases: readonly PlannedDatabase[]): Map<string, string[]> {
    const grants = parseGrants(this.#facts?.grants ?? []);
    const found = new Map<string, string[]>();
    // None at all could be read: a server that shows them in another way.
    if (grants.length === 0) return found;
    for (const { name } of databases) {
      const unseen = unseenBy(grants, name, this.#isMariaDb);
      if (unseen.length > 0) found.set(name, unseen);
    }
    return found;
  }

  #unseenWarnings(unseen: ReadonlyMap<string, readonly string[]>): string[] {
    const [user = '', host = ''] = (this.#facts?.account ?? '').split(/@(?=[^@]*$)/);
    const account = `'${user}'@'${host}'`;
    return [...unseen].map(([name, what]) => {
      const seen = what.includes('tables') ? 'only those tables that are granted one by one' : '';
      const others = what.filter((one) => one !== 'tables').join(', ');
      const lacks = [
        ...(seen === '' ? [] : [`sees ${seen}`]),
        ...(others === '' ? [] : [`cannot see ${others}`]),
      ].join(' and ');
      return `${account} ${lacks} of ${name}: if there are any, they are not in the dump. ${grantsFor(name, account, { isMariaDb: this.#isMariaDb })}`;
    });
  }

  #keepsHistory(database: PlannedDatabase): boolean {
    const versioned = this.#facts?.versioned.get(database.name);
    return versioned === 'by-time' && this.#program?.dumpsHistory === true;
  }

  #warnings(databases: readonly PlannedDatabase[]): string[] {
    const warnings: string[] = [];
    for (const database of databases) {
      const unsafe = this.#facts?.withoutTransactions.get(database.name) ?? [];
      if (unsafe.length > 0) {
        const some = unsafe.slice(0, 5).join(', ') + (unsafe.length > 5 ? ', …' : '');
        const which = unsafe.length === 1 ? '1 table' : `${unsafe.length} tables`;
        const know = unsafe.length === 1 ? 'knows' : 'know';
        warnings.push(
          `${which} of ${database.name} ${know} no transactions (${some}): what is written there during the dump may be half in it. InnoDB does not have this problem.`,
        );
      }
      if (this.#facts?.versioned.has(database.name) && !this.#keepsHistory(database)) {
        warnings.push(
          `${database.name} has system-versioned tables; their history is not in the dump, only what holds now.`,
        );
      }
    }
    return warnings;
  }
}

/** The program's warnings when it succeeded; an error that explains itself when it did not. */
async function judged(
  done: Promise<{ exitCode: number; stderr: string }>,
  explain: (problem: { exitCode: number; stderr: string } | { error: unknown }) => OpsError,
): Promise<string[]> {
  let ended: { exitCode: number; stderr: string };
  try {
    ended = await done;
  } catch (error) {
    throw explain({ error });
  }
  if (ended.exitCode !== 0) throw explain(ended);
  return ended.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => /\b(?:warning|error)\b/i.test(line) && !/deprecated program name/i.test(line),
    );
}
