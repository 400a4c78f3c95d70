import { isOpsError, messageOf, OpsError, systemCode } from '../../errors.ts';
import { Redactor } from '../../redact.ts';
import type { DatabaseConnection, PlannedDatabase } from '../plan.ts';
import { grantsFor } from './grants.ts';

export interface MysqlProblemContext {
  program: string;
  connection: DatabaseConnection;
  /** `127.0.0.1:3306`, a socket. */
  where: string;
  database?: PlannedDatabase;
  /** What failed, if it was no dump: `load into shop_new at …`. */
  doing?: string;
  /** The server listed the database, so it is there. */
  isVisible?: boolean;
}

/** What a MySQL or MariaDB client said, as one sentence and what to do about it. */
export function explainMysql(
  problem: { exitCode: number; stderr: string } | { error: unknown },
  context: MysqlProblemContext,
): OpsError {
  if ('error' in problem) {
    const { error } = problem;
    if (!isOpsError(error)) {
      return new OpsError('E_DUMP_FAILED', `${subject(context)}: ${messageOf(error)}.`, {
        cause: error,
        ...(systemCode(error) === 'EACCES' ? { exit: 'requirement' } : {}),
      });
    }
    // Interrupted, or the program is missing: says all there is to say.
    if (error.code !== 'E_PROGRAM_FAILED') return error;
    return new OpsError('E_DUMP_FAILED', `${subject(context)}: ${error.message}`, { cause: error });
  }
  const said = lastWords(problem.stderr, context.connection.password);
  // The dump programs say this themselves, without a number.
  const number = /insufficient privileges to SHOW CREATE/i.test(problem.stderr)
    ? 1142
    : errorNumber(problem.stderr);
  const known = number === undefined ? undefined : explanations(context, said)[number];
  if (known !== undefined) return known();
  return new OpsError(
    context.doing === undefined ? 'E_DUMP_FAILED' : 'E_LOAD_FAILED',
    `${subject(context)}: \`${context.program}\` ended with exit code ${problem.exitCode}${said === '' ? '.' : ` and said: ${said}`}`,
    {
      suggestions: [
        context.doing === undefined
          ? 'Nothing was kept of this dump. Correct what the program names and run it again.'
          : 'Correct what the program names and run it again.',
      ],
    },
  );
}

/** A server does not tell those who may not use a database whether there is one. */
export function unknownDatabase(
  { user }: DatabaseConnection,
  where: string,
  database: PlannedDatabase,
): OpsError {
  const who = user === undefined ? 'this system user' : `the user ${user}`;
  return new OpsError(
    'E_DATABASE_UNKNOWN',
    `There is no database ${database.name} at ${where}, or ${who} may not use it.`,
    {
      suggestions: [
        'Check its name in the env files and in `database.databases` of the site profile.',
        grantsFor(database.name, accountOf(user), undefined),
      ],
    },
  );
}

function accountOf(user: string | undefined): string {
  return `'${user ?? 'USER'}'@'localhost'`;
}

function subject({ database, where, doing }: MysqlProblemContext): string {
  if (doing !== undefined) return `Cannot ${doing}`;
  return database === undefined
    ? `Cannot ask the database server at ${where}`
    : `Cannot dump the database ${database.name} at ${where}`;
}

function explanations(
  context: MysqlProblemContext,
  said: string,
): Record<number, (() => OpsError) | undefined> {
  const { connection, where, database } = context;
  const user = connection.user === undefined ? 'this system user' : `the user ${connection.user}`;
  const name = database?.name ?? 'the database';
  const grants = grantsFor(name, accountOf(connection.user), undefined);
  const failed = (code: `E_${string}`, sentence: string, suggestions: string[]) => () =>
    new OpsError(code, sentence, { suggestions });
  const unreachable = failed(
    'E_DATABASE_UNREACHABLE',
    `No database server answers at ${where}: ${said}`,
    [
      'Is it running? systemctl status mariadb (or mysql)',
      'Check `database.host`, `database.port` and `database.socket` in the site profile, and DB_HOST and DB_PORT in the env files: om-ops config show',
    ],
  );
  const lost = failed(
    'E_DATABASE_LOST',
    `The database server at ${where} ended the connection while ${name} was dumped: ${said}`,
    [
      "Look into the server's log; it may have been restarted or have run out of memory.",
      'Nothing was kept of this dump; run it again.',
    ],
  );
  const lacksPrivilege = failed(
    'E_DATABASE_ACCESS',
    `At ${where} ${user} may not dump ${name}: ${said}`,
    [grants],
  );
  const missing =
    database === undefined ? undefined : () => unknownDatabase(connection, where, database);
  return {
    1045: failed(
      'E_DATABASE_ACCESS',
      `The database server at ${where} refuses ${user}: wrong password, or no such user from this host.`,
      [
        'Check DB_USER and DB_PASSWORD in the env files (`database.envKeys` of the site profile names the keys).',
        connection.password === undefined
          ? 'No password was found in the env files; a server that trusts the system user needs om-ops to run as that user.'
          : 'A password with #, quotes or spaces has to stand in quotes in an env file.',
      ],
    ),
    1698: failed(
      'E_DATABASE_ACCESS',
      `The database server at ${where} lets ${user} in only as the system user of that name.`,
      ['Run om-ops as that system user (sudo), or name another user in the env files.'],
    ),
    1044: context.isVisible === true ? lacksPrivilege : missing,
    1049: missing,
    1142: lacksPrivilege,
    1143: lacksPrivilege,
    1227: lacksPrivilege,
    1356: failed('E_DUMP_FAILED', `${name} has a view that does not work: ${said}`, [
      'Repair or drop the view, then run the backup again: a dump with a hole in it is not kept.',
    ]),
    1412: failed('E_DUMP_FAILED', `A table of ${name} was altered while it was dumped: ${said}`, [
      'Run it again when no migration is running.',
    ]),
    1449: failed(
      'E_DUMP_FAILED',
      `A view or routine of ${name} belongs to a user who is gone: ${said}`,
      ['Create that user, or create the view or routine anew with another DEFINER.'],
    ),
    2002: unreachable,
    2003: unreachable,
    2005: unreachable,
    2006: lost,
    2013: lost,
    2020: failed('E_DUMP_FAILED', `A row of ${name} is larger than 1 GB: ${said}`, []),
    2026: failed('E_DATABASE_UNREACHABLE', `No encrypted connection to ${where}: ${said}`, [
      'Set ssl options for clients in /etc/mysql/conf.d, group [client].',
    ]),
  };
}

/** The number of the last error: `ERROR 1045 (28000)`, `Got error: 1045:`, `Error 2013:`, `… (1044)`. */
function errorNumber(stderr: string): number | undefined {
  const found = [...stderr.matchAll(/\berror:?\s+(\d{4})\b|\((\d{4})\)\s*$/gim)].at(-1);
  const number = Number(found?.[1] ?? found?.[2]);
  return Number.isNaN(number) ? undefined : number;
}

function lastWords(stderr: string, password: string | undefined): string {
  const redactor = new Redactor();
  redactor.add(password);
  const lines = stderr.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !/deprecated program name/i.test(line));
  return redactor.foreign(said.slice(-3).join(' ')).slice(0, 600);
}
