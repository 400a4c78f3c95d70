import { Args, Flags, wholeNumber } from '@om-ops/kit';
import { formatCount, formatTable, printableName } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type Bloat, bloat } from '../../topics/bloat.ts';
import { bytes, findingsText, paragraphs } from '../../view/text.ts';

type BloatResult = Looked & { tables: Bloat[] };

export default class DbBloat extends DbCommand<typeof DbBloat, BloatResult> {
  static override summary = 'Show how much of the tables of PostgreSQL is empty.';
  static override description =
    'Estimated after what ANALYZE knows, and withheld, with the reason, where that does not carry an estimate. With --exact it is measured by the extension pgstattuple.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> orders --exact',
  ];
  static override args = {
    table: Args.string({ description: 'Tables, as in SQL. Default: the largest.', multiple: true }),
  };
  static override flags = {
    ...databaseFlag,
    exact: Flags.boolean({
      summary: 'Measure: reads what is not known to be full.',
      default: false,
    }),
    top: wholeNumber({ summary: 'How many tables.', default: 20, min: 1 }),
  };

  protected override perform(): Promise<BloatResult> {
    const { exact, top } = this.flags;
    const tables = (this.args.table as string[] | undefined) ?? [];
    return this.look(
      async (look) => ({ tables: await bloat(look, { tables, exact, top }) }),
      exact ? { statementMs: 10 * 60_000 } : {},
    );
  }

  protected override text({ tables, findings }: BloatResult): string {
    const table = formatTable<Bloat>(
      [
        { head: 'TABLE', cell: (one) => printableName(one.table) },
        { head: 'SIZE', cell: (one) => bytes(one.bytes), align: 'right' },
        { head: 'DEAD ROWS', cell: ({ deadRows }) => formatCount(deadRows), align: 'right' },
        {
          head: 'EMPTY',
          cell: ({ bloatBytes }) => (bloatBytes === null ? '?' : bytes(bloatBytes)),
          align: 'right',
        },
        {
          head: '',
          cell: ({ bloatPercent }) => (bloatPercent === null ? '' : `${bloatPercent} %`),
          align: 'right',
        },
        {
          head: 'HOW',
          cell: ({ reliability, why }) => (why === null ? reliability : `withheld: ${why}`),
        },
      ],
      tables,
    );
    return paragraphs(tables.length === 0 ? 'There are no tables.' : table, findingsText(findings));
  }
}
