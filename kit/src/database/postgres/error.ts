import { isOpsError, messageOf, OpsError } from '../../errors.ts';
import { Redactor } from '../../redact.ts';
import type { DatabaseConnection, PlannedDatabase } from '../plan.ts';

export interface PostgresProblemContext {
  program: string;
  connection: DatabaseConnection;
  /** `127.0.0.1:5432`, the folder of a socket. */
  where: string;
  database: PlannedDatabase;
  /** What failed, if it was no dump: `load into shop_new at …`. */
  doing?: string;
}

/** What pg_dump or psql said, as one sentence and what to do about it. */
export function explainPostgres(
  problem: { exitCode: number; stderr: string } | { error: unknown },
  context: PostgresProblemContext,
): OpsError {
  const { database, where, program, doing } = context;
  const subject = doing
    ? `Cannot ${doing}`
    : `Cannot dump the database ${database.name} at ${where}`;
  if ('error' in problem) {
    const { error } = problem;
    // Interrupted, or the program is missing: says all there is to say.
    if (isOpsError(error) && error.code !== 'E_PROGRAM_FAILED') return error;
    return new OpsError('E_DUMP_FAILED', `${subject}: ${messageOf(error)}`, { cause: error });
  }
  const said = lastWords(problem.stderr, context.connection.password);
  const known = explanations(context, said).find(({ pattern }) => pattern.test(problem.stderr));
  if (known !== undefined) {
    return new OpsError(known.code, known.sentence, { suggestions: known.suggestions });
  }
  return new OpsError(
    doing === undefined ? 'E_DUMP_FAILED' : 'E_LOAD_FAILED',
    `${subject}: \`${program}\` ended with exit code ${problem.exitCode}${said === '' ? '.' : ` and said: ${said}`}`,
    {
      suggestions: [
        doing === undefined
          ? 'Nothing was kept of this dump. Correct what the program names and run it again.'
          : 'Correct what the program names and run it again.',
      ],
    },
  );
}

interface Explanation {
  pattern: RegExp;
  code: `E_${string}`;
  sentence: string;
  suggestions: string[];
}

function explanations(
  { connection, where, database }: PostgresProblemContext,
  said: string,
): Explanation[] {
  const user = connection.user === undefined ? 'this system user' : `the user ${connection.user}`;
  const { name } = database;
  return [
    {
      pattern:
        /password authentication failed|no password supplied|authentication failed for user/i,
      code: 'E_DATABASE_ACCESS',
      sentence: `The database server at ${where} refuses ${user}: ${connection.password === undefined ? 'it asks for a password' : 'wrong password, or no such user'}.`,
      suggestions: [
        'Check DB_USER and DB_PASSWORD in the env files (`database.envKeys` of the site profile names the keys).',
        'Peer authentication needs om-ops to run as the system user of that name.',
      ],
    },
    {
      pattern: /no pg_hba\.conf entry|role ".*" does not exist/i,
      code: 'E_DATABASE_ACCESS',
      sentence: `The database server at ${where} does not let ${user} in: ${said}`,
      suggestions: ['Check DB_USER in the env files, and pg_hba.conf of the server.'],
    },
    {
      pattern: /database ".*" does not exist/i,
      code: 'E_DATABASE_UNKNOWN',
      sentence: `There is no database ${name} at ${where}.`,
      suggestions: [
        'Check its name in the env files and in `database.databases` of the site profile.',
      ],
    },
    {
      pattern: /server version mismatch/i,
      code: 'E_PROGRAM_TOO_OLD',
      sentence: `pg_dump is older than the server at ${where}: ${said}`,
      suggestions: ['Install the client of the server’s version: postgresql-client-VERSION'],
    },
    {
      pattern:
        /server closed the connection|terminating connection|connection to server was lost|SSL SYSCALL error/i,
      code: 'E_DATABASE_LOST',
      sentence: `The database server at ${where} ended the connection while ${name} was dumped: ${said}`,
      suggestions: [
        "Look into the server's log; it may have been restarted or have run out of memory.",
        'Nothing was kept of this dump; run it again.',
      ],
    },
    {
      pattern:
        /connection to server .* failed|could not connect|could not translate host name|Connection refused/i,
      code: 'E_DATABASE_UNREACHABLE',
      sentence: `No database server answers at ${where}: ${said}`,
      suggestions: [
        'Is it running? systemctl status postgresql',
        'Check `database.host`, `database.port` and `database.socket` in the site profile, and DB_HOST and DB_PORT in the env files: om-ops config show',
      ],
    },
    {
      pattern: /row-level security/i,
      code: 'E_DATABASE_ACCESS',
      sentence: `At ${where} ${user} may not dump all of ${name}, which has row level security: ${said}`,
      suggestions: [
        `Let it see every row: ALTER ROLE ${connection.user ?? 'USER'} BYPASSRLS`,
        'Or dump as a superuser, or as the owner of the tables.',
      ],
    },
    {
      pattern: /permission denied for large object/i,
      code: 'E_DATABASE_ACCESS',
      sentence: `At ${where} ${user} may not dump the large objects of ${name}: ${said}`,
      suggestions: [
        'Dump as a superuser or as their owner, or grant each: GRANT SELECT ON LARGE OBJECT … TO …',
      ],
    },
    {
      pattern: /permission denied/i,
      code: 'E_DATABASE_ACCESS',
      sentence: `At ${where} ${user} may not dump all of ${name}: ${said}`,
      suggestions: [
        `Grant what a dump needs: GRANT pg_read_all_data TO ${connection.user ?? 'USER'} (PostgreSQL 14 and later)`,
        'With an older server: GRANT USAGE ON SCHEMA …, GRANT SELECT ON ALL TABLES IN SCHEMA …, and ON ALL SEQUENCES.',
      ],
    },
    {
      pattern: /lock timeout|statement timeout/i,
      code: 'E_DATABASE_BUSY',
      sentence: `${name} at ${where} was locked for ten minutes: ${said}`,
      suggestions: ['Run it again when no migration is running.'],
    },
  ];
}

function lastWords(stderr: string, password: string | undefined): string {
  const redactor = new Redactor();
  redactor.add(password);
  const lines = stderr.split('\n').map((line) => line.trim());
  return redactor
    .foreign(
      lines
        .filter((line) => line !== '')
        .slice(-3)
        .join(' '),
    )
    .slice(0, 600);
}
