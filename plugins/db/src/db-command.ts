import { type Command, Flags, OpsCommand, OpsError } from '@om-ops/kit';
import { type Finding, sorted } from './finding.ts';
import { openServer } from './server/open.ts';
import { type OpenOptions, type Server, ServerError } from './server/server.ts';
import { type Target, targetOf } from './server/target.ts';
import { dbSection } from './site.ts';
import type { Look } from './topics/look.ts';

export const databaseFlag = {
  database: Flags.string({
    summary: 'Which of the databases of the site. Default: the first.',
    helpValue: 'NAME',
  }),
};

/** What every result of `db` has beside what it is about. */
export interface Looked {
  database: string;
  /** `PostgreSQL 15.4` */
  server: string;
  findings: Finding[];
}

/** What the commands of `db` share: the session, and the exit code that the findings make. */
export abstract class DbCommand<C extends typeof Command, R extends object> extends OpsCommand<
  C,
  R
> {
  protected async target(): Promise<Target> {
    return targetOf(this.site, (this.flags as { database?: string }).database);
  }

  /** One session, closed whatever happens. @throws OpsError E_DATABASE (exit 1), E_PERMISSION (exit 5) */
  protected async withServer<T>(
    target: Target,
    work: (server: Server) => Promise<T>,
    options: Omit<OpenOptions, 'signal'> & { signal?: AbortSignal } = {},
  ): Promise<T> {
    const signal = options.signal ?? this.operation.signal;
    try {
      const server = await openServer(target, { ...options, signal });
      try {
        return await work(server);
      } finally {
        await server.close();
      }
    } catch (error) {
      if (error instanceof ServerError)
        throw explained(error, target, (text) => this.operation.redactor.foreign(text));
      throw error;
    }
  }

  /** Looks at the server, read-only, and ends with exit 6 for what is wrong, 7 for what could not be told. */
  protected async look<T extends object>(
    topic: (look: Look) => Promise<T>,
    options: { statementMs?: number } = {},
  ): Promise<T & Looked> {
    const target = await this.target();
    const section = await this.site.section(dbSection);
    const findings: Finding[] = [];
    const found = await this.runTask({
      title: `Ask ${target.where}`,
      run: ({ signal }) =>
        this.withServer(
          target,
          async (server) => {
            const redact = (text: string) => this.operation.redactor.foreign(text);
            const value = await topic({ server, section, findings, redact });
            const { flavour, text } = server.version;
            const product = { postgres: 'PostgreSQL', mariadb: 'MariaDB', mysql: 'MySQL' }[flavour];
            return { ...value, server: `${product} ${text}` };
          },
          { ...options, signal },
        ),
    });
    this.judge(findings);
    return { ...found, database: target.database, findings: sorted(findings) };
  }

  protected judge(findings: readonly Finding[]): void {
    const unknown = findings.filter(({ level }) => level === 'unknown');
    for (const { why } of unknown) this.incomplete(why);
    const bad = findings.filter(({ level }) => level === 'critical' || level === 'warning');
    const [worst] = sorted(bad);
    if (worst === undefined) return;
    const more = bad.length === 1 ? '' : ` And ${bad.length - 1} more.`;
    this.unhealthy(
      'E_DATABASE_FINDINGS',
      `${worst.why}${more}`,
      worst.command === null ? [] : [worst.command],
    );
  }
}

/** What a server answered instead, as one sentence and what to do about it. */
export function explained(
  error: ServerError,
  target: Target,
  redact: (text: string) => string,
): OpsError {
  const said = redact(error.message).replace(/[.\s]+$/, '');
  const { where, database, connection } = target;
  const user = connection.user ?? 'this system user';
  switch (error.stage) {
    case 'name':
      return new OpsError(
        'E_DATABASE',
        `The name of the database server ${where} is not known: ${said}.`,
        { suggestions: settings },
      );
    case 'connect':
      return new OpsError(
        'E_DATABASE',
        `The database server at ${where} cannot be reached: ${said}.`,
        {
          suggestions: ['Does it run? om-ops service status', ...settings],
        },
      );
    case 'tls':
      return new OpsError(
        'E_DATABASE',
        `No encrypted session with ${where} could be made: ${said}.`,
        { suggestions: settings },
      );
    case 'authentication':
      return new OpsError('E_PERMISSION', `${where} does not let ${user} in: ${said}.`, {
        exit: 'requirement',
        suggestions: settings,
      });
    case 'database':
      return new OpsError(
        'E_DATABASE',
        `There is no database ${database} at ${where}, or ${user} may not use it: ${said}.`,
        { suggestions: settings },
      );
    case 'privilege':
      return new OpsError('E_PERMISSION', `${user} may not do that at ${where}: ${said}.`, {
        exit: 'requirement',
        suggestions: [
          'Give it the right, or run om-ops with a profile whose user has it (database.user).',
        ],
      });
    case 'statement':
      return new OpsError('E_DATABASE', `${where} says: ${said}.`);
  }
}

const settings = ['See how it is reached, and where that is said: om-ops config show'];
