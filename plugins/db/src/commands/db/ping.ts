import type { OpsError } from '@om-ops/kit';
import { DbCommand, databaseFlag, explained } from '../../db-command.ts';
import { openServer } from '../../server/open.ts';
import { ServerError, type Stage } from '../../server/server.ts';

interface PingResult {
  where: string;
  database: string;
  ok: boolean;
  /** The stage that fails; null: none. */
  fails: Stage | null;
  server: string | null;
  ms: number;
  detail: string | null;
}

export default class DbPing extends DbCommand<typeof DbPing, PingResult> {
  static override summary = 'Prove that the database answers, and say at which stage it does not.';
  static override description =
    'Name, connection, encryption, authentication, database, a statement: the first that fails is named. Exit 6 when one does.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...databaseFlag };

  protected override async perform(): Promise<PingResult> {
    const target = await this.target();
    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    const head = { where: target.where, database: target.database };
    try {
      const server = await openServer(target, { signal: this.operation.signal });
      try {
        await server.rows('SELECT 1');
        return {
          ...head,
          ok: true,
          fails: null,
          server: server.version.text,
          ms: ms(),
          detail: null,
        };
      } finally {
        await server.close();
      }
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      const said: OpsError = explained(error, target, (text) =>
        this.operation.redactor.foreign(text),
      );
      this.unhealthy(said.code, said.message, said.suggestions);
      return {
        ...head,
        ok: false,
        fails: error.stage,
        server: null,
        ms: ms(),
        detail: said.message,
      };
    }
  }

  protected override text({ ok, where, database, server, ms, fails }: PingResult): string {
    return ok ? `${database} at ${where} answers (${server}, ${ms} ms).` : `It fails at: ${fails}.`;
  }
}
