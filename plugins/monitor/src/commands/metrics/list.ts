import { OpsCommand } from '@om-ops/kit';
import { formatTable, formatTime, plural } from '@om-ops/kit/text';
import { History, type SeriesHead } from '../../store/history.ts';
import { amountText } from '../../view/amount.ts';

interface ListResult {
  series: SeriesHead[];
}

export default class MetricsList extends OpsCommand<typeof MetricsList, ListResult> {
  static override summary = 'List what was measured, with the newest values.';
  static override description =
    'Every series of the history: its unit, its newest value and when that was, and since when there is one. Measures nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<ListResult> {
    return { series: new History(this.site.state).heads() };
  }

  protected override text({ series }: ListResult): string {
    if (series.length === 0) return 'Nothing was measured yet. Look once: om-ops health check';
    const table = formatTable(
      [
        { head: 'SERIES', cell: ({ name }) => name },
        { head: 'NEWEST', cell: ({ value, unit }) => amountText(value, unit), align: 'right' },
        { head: 'AT', cell: ({ last }) => formatTime(last) },
        { head: 'SINCE', cell: ({ first }) => formatTime(first) },
        { head: 'WHAT', cell: ({ label }) => label },
      ],
      series,
    );
    return `${table}\n${plural(series.length, 'series', 'series')}`;
  }
}
