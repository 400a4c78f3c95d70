import { Args, Flags, OpsCommand } from '@om-ops/kit';
import { formatTable, plural } from '@om-ops/kit/text';
import { thisMachine } from '../../readers/machine.ts';
import { History } from '../../store/history.ts';
import { namedSeries, pointsOf, rangeOf } from '../../store/range.ts';
import { type SeriesSummary, summaryOf } from '../../store/summary.ts';
import { amountText, sparkline } from '../../view/amount.ts';

interface ShowResult {
  /** ISO 8601. */
  since: string;
  until: string;
  series: SeriesSummary[];
}

export default class MetricsShow extends OpsCommand<typeof MetricsShow, ShowResult> {
  static override summary = 'Show how something was over time.';
  static override description =
    'The smallest, the mean, the largest and the 95th percent of each series, and a line of how it went; a gap is where nothing was measured. What is older than the samples are kept is told by five minutes, then by hours.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> cpu memory',
    '<%= config.bin %> <%= command.id %> "disk:*" --since 30d --step 6h --json',
  ];
  static override record = 'none' as const;
  static override args = {
    name: Args.string({
      description:
        'Which series, or the part before a dot or colon, or with * for any characters; all without.',
      multiple: true,
    }),
  };
  static override flags = {
    since: Flags.string({ summary: 'From when on: 2h, 7d, 2026-11-22.', default: '24h' }),
    step: Flags.string({
      summary: 'How long each point is: 5m, 2h; auto: as many as a line holds.',
      default: 'auto',
    }),
  };

  protected override async perform(): Promise<ShowResult> {
    const range = rangeOf(this.flags.since, thisMachine().now());
    const points = pointsOf(range, this.flags.step);
    const history = new History(this.site.state);
    const step = (range.until.getTime() - range.since.getTime()) / 1000 / points;
    const series = namedSeries(history, this.args.name ?? []).map((head) =>
      summaryOf(
        head,
        step,
        history.series(head.name, { ...range, points: 1 })?.[0],
        history.series(head.name, { ...range, points }) ?? [],
      ),
    );
    return { since: range.since.toISOString(), until: range.until.toISOString(), series };
  }

  protected override text({ series }: ShowResult): string {
    if (series.length === 0) return 'Nothing was measured yet. Look once: om-ops health check';
    const seen = series.filter(({ mean }) => mean !== null);
    if (seen.length === 0)
      return `Nothing was measured of ${plural(series.length, 'series', 'series')} in this time.`;
    const amount = (key: 'min' | 'mean' | 'max' | 'p95') => ({
      head: key.toUpperCase(),
      cell: (one: SeriesSummary) => amountText(one[key], one.unit),
      align: 'right' as const,
    });
    return formatTable(
      [
        { head: 'SERIES', cell: ({ name }) => name },
        amount('min'),
        amount('mean'),
        amount('max'),
        amount('p95'),
        {
          head: 'HOW IT WENT',
          cell: ({ points }) =>
            sparkline(
              joined(
                points.map(({ mean }) => mean),
                48,
              ),
            ),
        },
      ],
      seen,
    );
  }
}

/** As many values as there is room for. */
function joined(values: readonly (number | null)[], most: number): (number | null)[] {
  const size = Math.max(1, Math.ceil(values.length / most));
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) => {
    const known = values.slice(at * size, (at + 1) * size).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
