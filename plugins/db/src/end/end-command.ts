import { type Command, type GuardedResult, OpsError, parseDuration } from '@om-ops/kit';
import { formatTable, printable, printableName } from '@om-ops/kit/text';
import { DbCommand } from '../db-command.ts';
import type { Finding } from '../finding.ts';
import { dbSection } from '../site.ts';
import { sessions } from '../topics/sessions.ts';
import { ms } from '../view/text.ts';
import { type Chosen, type EndedSession, type EndPlan, endGuard, planEnd } from './end-sessions.ts';

export interface EndResult extends GuardedResult {
  database: string;
  sessions: EndedSession[];
}

/** What `cancel` and `terminate` share. */
export abstract class EndCommand<C extends typeof Command> extends DbCommand<C, EndResult> {
  protected async end(how: EndPlan['how'], chosen: Chosen, waitMs: number): Promise<EndResult> {
    if (
      chosen.ids.length === 0 &&
      chosen.longerThanMs === undefined &&
      !chosen.rootBlockers &&
      chosen.idleMs === undefined
    )
      throw new OpsError('E_USAGE', 'Say which sessions: by number, or by how long they take.', {
        exit: 'usage',
        suggestions: [
          'See those there are: om-ops db queries',
          `om-ops db ${how} --longer-than 5m --dry-run`,
        ],
      });
    const target = await this.target();
    const section = await this.site.section(dbSection);
    const result = await this.withServer(
      target,
      (server) =>
        this.guarded<EndPlan, EndResult>(
          `db-${target.database}`,
          endGuard(server, async () => {
            const findings: Finding[] = [];
            const redact = (text: string) => this.operation.redactor.foreign(text);
            const all = await sessions({ server, section, findings, redact });
            for (const { why } of findings) this.operation.warn(why);
            return planEnd(all, how, chosen, waitMs);
          }),
          (done, plan) => ({ ...done, database: target.database, sessions: plan.sessions }),
        ),
      { readOnly: false, statementMs: 10_000 },
    );
    const of = (outcome: EndedSession['outcome']) =>
      result.sessions.filter((one) => one.outcome === outcome);
    for (const { id, why } of of('left'))
      this.operation.warn(`Session ${id} is left alone: ${why}.`);
    const [refused] = of('refused');
    if (refused !== undefined)
      this.fail(
        new OpsError(
          'E_PERMISSION',
          `The server does not let this user end session ${refused.id}: ${refused.why}.`,
          {
            exit: 'requirement',
            suggestions: [`GRANT pg_signal_backend TO "${target.connection.user ?? 'USER'}"`],
          },
        ),
        result,
      );
    const [still] = of('still-there');
    if (still !== undefined)
      this.fail(
        new OpsError('E_STILL_THERE', `Session ${still.id} was told to end, and ${still.why}.`, {
          suggestions:
            how === 'cancel'
              ? [`End the connection: om-ops db terminate ${still.id}`]
              : ['Look again: om-ops db queries'],
        }),
        result,
      );
    const named = of('left').filter(({ id }) => chosen.ids.includes(id));
    if (named.length > 0 && !this.dryRun)
      this.incomplete(`${named.length} of those named were left alone.`);
    return result;
  }

  protected override text({ sessions: all, outcome }: EndResult): string {
    if (all.length === 0) return 'No session is meant.';
    const word = outcome === 'planned' ? 'would end' : 'planned';
    return formatTable<EndedSession>(
      [
        { head: 'ID', cell: ({ id }) => `${id}`, align: 'right' },
        { head: 'USER', cell: ({ user }) => printableName(user) },
        { head: 'FROM', cell: ({ application, client }) => printableName(application || client) },
        { head: 'STATE', cell: ({ state }) => state },
        { head: 'FOR', cell: (one) => ms(one.ms), align: 'right' },
        {
          head: 'WHAT CAME OF IT',
          cell: (one) =>
            printable(
              `${one.outcome === 'planned' ? word : one.outcome}${one.why === null ? '' : `: ${one.why}`}`,
            ),
        },
      ],
      all,
    );
  }
}

/** Milliseconds of a flag. */
export function durationOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
