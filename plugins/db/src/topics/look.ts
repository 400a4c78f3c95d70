import { type Finding, finding } from '../finding.ts';
import { type Row, type Server, ServerError } from '../server/server.ts';
import type { DbSection } from '../site.ts';

/** What every topic is handed. Findings are added to it. */
export interface Look {
  server: Server;
  section: DbSection;
  findings: Finding[];
  /** Takes secrets out of what others wrote: statements. */
  redact(text: string): string;
}

/**
 * Rows of a question that this user may not be allowed to ask, or that this server cannot answer: then it is said
 * that this is not known, and undefined.
 *
 * @param what that is not known then, as the begin of a sentence: `The sizes of the tables`
 */
export async function attempt<R extends Row>(
  { server, findings }: Look,
  what: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[] | undefined> {
  try {
    return await server.rows<R>(sql, values);
  } catch (error) {
    if (!(error instanceof ServerError) || !isAnswer(error)) throw error;
    const why = error.isDenied
      ? `the user ${server.target.connection.user ?? 'of this session'} may not see it`
      : /timeout|max_statement_time|ER_STATEMENT_TIMEOUT|57014/.test(
            `${error.message} ${error.code}`,
          )
        ? 'the answer took longer than its limit'
        : `the server says: ${error.message}`;
    findings.push(
      finding('not-known', 'unknown', server.target.database, `${what} not known: ${why}.`, {
        reliability: 'withheld',
        command: error.isDenied ? grantFor(server) : null,
      }),
    );
    return undefined;
  }
}

function isAnswer({ stage }: ServerError): boolean {
  return stage === 'privilege' || stage === 'statement';
}

function grantFor({ version, target }: Server): string {
  const user = target.connection.user ?? 'USER';
  return version.flavour === 'postgres'
    ? `GRANT pg_monitor TO "${user}"`
    : `GRANT PROCESS ON *.* TO '${user}'`;
}

const literals = /'(?:[^'\\]|\\.|'')*'|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$/g;

/** A statement in one line, without what stands in quotes: that is data, and may be anybody's secret. */
export function shownStatement(sql: string, redact: (text: string) => string, most = 300): string {
  const bare = sql.replace(literals, "'…'").replace(/\s+/g, ' ').trim();
  const text = redact(bare);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
