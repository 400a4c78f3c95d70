import { Flags, parseDuration } from '@om-ops/kit';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type Session, sessions } from '../../topics/sessions.ts';
import { sessionsText } from '../../view/sessions.ts';
import { findingsText, paragraphs } from '../../view/text.ts';

type QueriesResult = Looked & { queries: Session[] };

export default class DbQueries extends DbCommand<typeof DbQueries, QueriesResult> {
  static override summary = 'Show what runs now, how long, and who waits for whom.';
  static override description =
    'Sessions that run a statement or have a transaction open, the oldest transaction first. What stands in quotes in a statement is not shown.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --longer-than 5s',
  ];
  static override flags = {
    ...databaseFlag,
    'longer-than': Flags.string({ summary: 'Only what takes longer already.', helpValue: '5s' }),
  };

  protected override perform(): Promise<QueriesResult> {
    const { 'longer-than': longer } = this.flags;
    const least = longer === undefined ? 0 : parseDuration(longer);
    return this.look(async (look) => ({
      queries: (await sessions(look)).filter(
        ({ state, ms, transactionMs }) =>
          (state === 'active' || transactionMs !== null || state === 'not known') &&
          Math.max(ms ?? 0, transactionMs ?? 0) >= least,
      ),
    }));
  }

  protected override text({ queries, findings }: QueriesResult): string {
    return paragraphs(
      queries.length === 0 ? 'Nothing runs.' : sessionsText(queries),
      findingsText(findings),
    );
  }
}
