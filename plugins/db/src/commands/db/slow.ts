import { confirmFlag, dryRunFlag, Flags, OpsError, wholeNumber } from '@om-ops/kit';
import { formatCount, formatTable, formatTime, printable } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { extensionOf } from '../../topics/extension.ts';
import { type Slow, type SlowStatement, slowOrders, slowStatements } from '../../topics/slow.ts';
import { findingsText, ms, paragraphs } from '../../view/text.ts';

type SlowResult = Looked & Slow & { reset: boolean };

export default class DbSlow extends DbCommand<typeof DbSlow, SlowResult> {
  static override summary = 'Show which statements cost the server most.';
  static override description =
    'From pg_stat_statements, or the performance schema of MariaDB and MySQL: by the time of all calls together, so that a cheap statement that runs a million times is seen. --reset counts from now on anew.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --by mean --top 5',
  ];
  static override record = 'audit' as const;
  static override flags = {
    ...databaseFlag,
    by: Flags.string({ summary: 'What is most.', options: [...slowOrders], default: 'total' }),
    top: wholeNumber({ summary: 'How many.', default: 10, min: 1 }),
    reset: Flags.boolean({
      summary: 'Begin counting anew, after showing what there is.',
      default: false,
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<SlowResult> {
    const found = await this.look((look) =>
      slowStatements(look, this.flags.by as (typeof slowOrders)[number], this.flags.top),
    );
    if (!this.flags.reset || this.dryRun) return { ...found, reset: false };
    this.keep({ ...found, reset: false });
    await this.confirm(
      `What has been counted since ${found.since ?? 'the start of the server'} is forgotten.`,
    );
    await this.withServer(
      await this.target(),
      async (server) => {
        if (server.version.flavour !== 'postgres') {
          await server.rows(
            'TRUNCATE TABLE performance_schema.events_statements_summary_by_digest',
          );
          return;
        }
        const extension = await extensionOf(server, 'pg_stat_statements');
        if (extension === undefined)
          throw new OpsError('E_EXTENSION', 'pg_stat_statements is not there any more.');
        await server.rows(`SELECT ${extension.schema}.pg_stat_statements_reset()`);
      },
      { readOnly: false },
    );
    return { ...found, reset: true };
  }

  protected override text({ statements, since, evicted, findings, reset }: SlowResult): string {
    const table = formatTable<SlowStatement>(
      [
        { head: 'TOTAL', cell: ({ totalMs }) => ms(totalMs), align: 'right' },
        { head: 'CALLS', cell: ({ calls }) => formatCount(calls), align: 'right' },
        { head: 'MEAN', cell: ({ meanMs }) => ms(meanMs), align: 'right' },
        { head: 'MAX', cell: ({ maxMs }) => ms(maxMs), align: 'right' },
        { head: 'READING', cell: ({ ioMs }) => ms(ioMs), align: 'right' },
        { head: 'STATEMENT', cell: ({ statement }) => printable(statement.slice(0, 160)) },
      ],
      statements,
    );
    const counted =
      since === null
        ? 'Since when is not known.'
        : `Counted since ${formatTime(since.replace(' ', 'T'))}.`;
    const lost =
      (evicted ?? 0) > 0
        ? ` ${formatCount(evicted ?? 0)} statements had to make room and are not in it.`
        : '';
    const end = reset
      ? ' Counting began anew.'
      : this.flags.reset && this.dryRun
        ? ' Would begin counting anew; nothing was changed.'
        : '';
    return paragraphs(
      statements.length === 0 ? 'Nothing has been counted.' : table,
      `${counted}${lost}${end}`,
      findingsText(findings),
    );
  }
}
