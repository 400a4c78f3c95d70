import { Flags, OpsCommand } from '@om-ops/kit';
import { formatTable, printableName } from '@om-ops/kit/text';
import type { Book } from '../../book/book.ts';
import { shelf } from '../../book/shelf.ts';

interface ListResult {
  runbooks: (Pick<Book, 'name' | 'title' | 'alerts' | 'reviewed' | 'source' | 'ours'> & {
    steps: number;
  })[];
}

export default class RunbookList extends OpsCommand<typeof RunbookList, ListResult> {
  static override summary = 'List the runbooks.';
  static override description =
    'Those that come with om-ops and those of the site (runbooks.dir), which take the place of ours with the same name.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --for backup.age',
  ];
  static override flags = {
    for: Flags.string({ summary: 'Only those for this alert, or check.', helpValue: 'ALERT' }),
  };

  protected override async perform(): Promise<ListResult> {
    const { for: wanted } = this.flags;
    const books = await shelf(this.site);
    const fits = ({ name, alerts }: Book) =>
      wanted === undefined ||
      name === wanted ||
      alerts.some(
        (one) => wanted === one || wanted.startsWith(`${one}.`) || wanted.startsWith(`${one}:`),
      );
    return {
      runbooks: books
        .filter(fits)
        .map(({ name, title, alerts, reviewed, source, ours, steps }) => ({
          name,
          title,
          alerts,
          reviewed,
          source,
          ours,
          steps: steps.length,
        })),
    };
  }

  protected override text({ runbooks }: ListResult): string {
    if (runbooks.length === 0) return 'There is no runbook for that: om-ops runbook new NAME';
    return formatTable<ListResult['runbooks'][number]>(
      [
        { head: 'NAME', cell: ({ name }) => name },
        { head: 'WHAT', cell: ({ title }) => title },
        { head: 'STEPS', cell: ({ steps }) => `${steps}`, align: 'right' },
        { head: 'FOR', cell: ({ alerts }) => alerts.join(', ') },
        { head: 'FROM', cell: ({ ours, source }) => (ours ? 'om-ops' : printableName(source)) },
      ],
      runbooks,
    );
  }
}
