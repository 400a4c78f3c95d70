import { Flags, wholeNumber } from '@om-ops/kit';
import { formatCount, formatTable, printableName } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { grown } from '../../growth.ts';
import {
  type DatabaseSize,
  databaseSizes,
  type TableSize,
  tableSizes,
} from '../../topics/sizes.ts';
import { bytes, findingsText, paragraphs } from '../../view/text.ts';

interface Sizes {
  databases: DatabaseSize[];
  /** Null: not asked for. */
  tables: TableSize[] | null;
  /** When the growth counts from; null: there is no earlier look. */
  since: string | null;
}

type SizesResult = Looked & Sizes;

export default class DbSizes extends DbCommand<typeof DbSizes, SizesResult> {
  static override summary = 'Show how large the databases are, and their tables.';
  static override description =
    'Every database of the server (one that this user may not use has no number), and with --tables the largest tables: rows, indexes and long values apart, partitions counted for their table, and what came since the last look.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --tables --top 50',
  ];
  static override flags = {
    ...databaseFlag,
    tables: Flags.boolean({ summary: 'The tables too.', default: false }),
    top: wholeNumber({ summary: 'How many tables.', default: 20, min: 1 }),
  };

  protected override async perform(): Promise<SizesResult> {
    const { tables: withTables, top } = this.flags;
    const found = await this.look(async (look) => ({
      databases: await databaseSizes(look),
      tables: withTables ? await tableSizes(look, top) : null,
    }));
    if (found.tables === null) return { ...found, tables: null, since: null };
    const { tables, since } = await grown(
      this.site.state,
      found.database,
      found.tables,
      (message) => this.operation.warn(message),
    );
    return { ...found, tables, since };
  }

  protected override text({ databases, tables, findings }: SizesResult): string {
    const all = formatTable<DatabaseSize>(
      [
        { head: 'DATABASE', cell: ({ name }) => printableName(name) },
        { head: 'SIZE', cell: (one) => bytes(one.bytes), align: 'right' },
      ],
      databases,
    );
    const each =
      tables === null
        ? ''
        : formatTable<TableSize>(
            [
              {
                head: 'TABLE',
                cell: ({ name, partitions }) =>
                  `${printableName(name)}${partitions > 0 ? ` (${partitions} partitions)` : ''}`,
              },
              {
                head: 'ROWS',
                cell: ({ rows }) => (rows === null ? '' : `~${formatCount(rows)}`),
                align: 'right',
              },
              { head: 'ALL', cell: ({ totalBytes }) => bytes(totalBytes), align: 'right' },
              { head: 'ROWS TAKE', cell: ({ tableBytes }) => bytes(tableBytes), align: 'right' },
              { head: 'INDEXES', cell: ({ indexBytes }) => bytes(indexBytes), align: 'right' },
              {
                head: 'LONG VALUES',
                cell: ({ toastBytes }) => (toastBytes === null ? '' : bytes(toastBytes)),
                align: 'right',
              },
              {
                head: 'GREW',
                cell: ({ growthBytes }) =>
                  growthBytes === null
                    ? ''
                    : `${growthBytes < 0 ? '-' : '+'}${bytes(Math.abs(growthBytes))}`,
                align: 'right',
              },
            ],
            tables,
          );
    return paragraphs(all, each, findingsText(findings));
  }
}
