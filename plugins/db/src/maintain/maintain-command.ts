import { type Command, type GuardedResult, OpsError } from '@om-ops/kit';
import { formatCount, formatTable, printableName } from '@om-ops/kit/text';
import { DbCommand } from '../db-command.ts';
import type { Finding } from '../finding.ts';
import { dbSection } from '../site.ts';
import { attempt } from '../topics/look.ts';
import { bytes } from '../view/text.ts';
import { type DueTable, dueTables, horizonHolders } from './due.ts';

export interface MaintainedTable extends Partial<DueTable> {
  table: string;
  outcome: 'planned' | 'done' | 'failed' | 'not-due';
  seconds: number | null;
  why: string | null;
}

export interface MaintainResult extends GuardedResult {
  database: string;
  tables: MaintainedTable[];
  findings: Finding[];
}

interface MaintainPlan {
  tables: MaintainedTable[];
}

export interface Maintenance {
  tables: readonly string[];
  /** Only those that are due; without tables and without it, all. */
  due: 'vacuum' | 'analyze' | null;
  /** SQL for one table, its name put in. */
  statement: (table: string) => string;
  /** Asks before: it locks the table for everybody. */
  question: string | null;
}

/** What `vacuum` and `analyze` share: which tables, one after the other, what came of each. */
export abstract class MaintainCommand<C extends typeof Command> extends DbCommand<
  C,
  MaintainResult
> {
  protected async maintain(
    choose: (flavour: 'postgres' | 'mariadb' | 'mysql') => Maintenance,
  ): Promise<MaintainResult> {
    const target = await this.target();
    const section = await this.site.section(dbSection);
    const findings: Finding[] = [];
    const result = await this.withServer(
      target,
      (server) => {
        const look = {
          server,
          section,
          findings,
          redact: (text: string) => this.operation.redactor.foreign(text),
        };
        const { flavour } = server.version;
        const maintenance = choose(flavour);
        return this.guarded<MaintainPlan, MaintainResult>(
          `db-${target.database}`,
          {
            plan: async () => {
              if (flavour !== 'postgres') {
                const rows = await attempt<{ name: string }>(
                  look,
                  'Which tables there are is',
                  "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'",
                  [target.database],
                );
                const names = (rows ?? []).map(({ name }) => name);
                const wanted = maintenance.tables.length === 0 ? names : maintenance.tables;
                const absent = wanted.find((name) => !names.includes(name));
                if (absent !== undefined) throw noTable(absent);
                return {
                  tables: wanted.map((table) => ({
                    table,
                    outcome: 'planned',
                    seconds: null,
                    why: null,
                  })),
                };
              }
              const all = await dueTables(look, maintenance.tables);
              await horizonHolders(look);
              return {
                tables: all.map((one) => {
                  const isDue =
                    maintenance.due === null ||
                    (maintenance.due === 'vacuum' ? one.vacuumDue : one.analyzeDue);
                  return {
                    ...one,
                    outcome: isDue ? 'planned' : 'not-due',
                    seconds: null,
                    why: null,
                  };
                }),
              };
            },
            changes: ({ tables }) =>
              tables
                .filter(({ outcome }) => outcome === 'planned')
                .map(({ table }) => ({
                  kind: 'run',
                  what: maintenance.statement(nameIn(flavour, table)),
                })),
            ...(maintenance.question === null
              ? {}
              : { question: () => maintenance.question as string }),
            apply: async ({ tables }, progress) => {
              for (const one of tables) {
                if (one.outcome !== 'planned') continue;
                progress.signal.throwIfAborted();
                progress.report({ detail: one.table });
                const started = performance.now();
                try {
                  const said = await server.rows<{ Msg_type?: string; Msg_text?: string }>(
                    maintenance.statement(nameIn(flavour, one.table)),
                  );
                  const problem = said.find(
                    ({ Msg_type }) => Msg_type === 'Error' || Msg_type === 'error',
                  );
                  one.outcome = problem === undefined ? 'done' : 'failed';
                  one.why = problem?.Msg_text ?? null;
                } catch (error) {
                  progress.signal.throwIfAborted();
                  one.outcome = 'failed';
                  one.why = error instanceof Error ? error.message : String(error);
                }
                one.seconds = Math.round(performance.now() - started) / 1000;
              }
            },
            touched: ({ tables }) =>
              tables.filter(({ outcome }) => outcome === 'done').map(({ table }) => table),
          },
          (done, { tables }) => ({ ...done, database: target.database, tables, findings }),
        );
      },
      // Autovacuum gives way to who waits for a lock; a person's statement does not, and must not wait for ever.
      { readOnly: false, statementMs: 0, lockMs: 5000 },
    );
    const failed = result.tables.filter(({ outcome }) => outcome === 'failed');
    const [first] = failed;
    if (first !== undefined)
      this.fail(
        new OpsError(
          'E_DATABASE',
          `${failed.length} of ${result.tables.length} tables failed; ${first.table}: ${this.operation.redactor.foreign(first.why ?? '')}.`,
          {
            suggestions: ['See who holds it: om-ops db locks'],
          },
        ),
        result,
      );
    return result;
  }

  protected override text({ tables, outcome, findings }: MaintainResult): string {
    const touched = tables.filter((one) => one.outcome !== 'not-due');
    const notes = findings.map(({ why }) => `note  ${why}`).join('\n');
    if (touched.length === 0)
      return ['Nothing is due.', notes].filter((part) => part !== '').join('\n');
    const table = formatTable<MaintainedTable>(
      [
        { head: 'TABLE', cell: (one) => printableName(one.table) },
        {
          head: 'SIZE',
          cell: (one) => (one.bytes === undefined ? '' : bytes(one.bytes)),
          align: 'right',
        },
        {
          head: 'DEAD ROWS',
          cell: ({ deadRows }) => (deadRows === undefined ? '' : formatCount(deadRows)),
          align: 'right',
        },
        {
          head: 'CHANGED',
          cell: ({ changedRows }) => (changedRows === undefined ? '' : formatCount(changedRows)),
          align: 'right',
        },
        {
          head: 'WHAT CAME OF IT',
          cell: (one) =>
            one.outcome === 'planned'
              ? 'would be done'
              : `${one.outcome}${one.why === null ? '' : `: ${one.why}`}${one.seconds === null ? '' : ` (${one.seconds} s)`}`,
        },
      ],
      touched,
    );
    return [table, notes, ...(outcome === 'planned' ? ['Nothing was changed.'] : [])]
      .filter((part) => part !== '')
      .join('\n\n');
  }
}

function nameIn(flavour: string, table: string): string {
  return flavour === 'postgres' ? table : `\`${table.replaceAll('`', '``')}\``;
}

function noTable(name: string): OpsError {
  return new OpsError('E_NO_TABLE', `There is no table ${name}.`, {
    exit: 'usage',
    suggestions: ['See those there are: om-ops db sizes --tables'],
  });
}
