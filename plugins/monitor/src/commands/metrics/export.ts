import { Args, Flags, OpsCommand } from '@om-ops/kit';
import { thisMachine } from '../../readers/machine.ts';
import { History } from '../../store/history.ts';
import { namedSeries, pointsOf, rangeOf } from '../../store/range.ts';
import { type ExportedPoint, exportText } from '../../view/export.ts';

interface ExportResult {
  points: ExportedPoint[];
}

export default class MetricsExport extends OpsCommand<typeof MetricsExport, ExportResult> {
  static override summary = 'Print what was measured for other programs.';
  static override description =
    'One line a point, oldest first: CSV with a head, JSON Lines, or OpenMetrics with times. Steps in which nothing was measured are left out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --format csv --since 7d > week.csv',
    '<%= config.bin %> <%= command.id %> cpu memory --format openmetrics',
  ];
  static override record = 'none' as const;
  static override args = {
    name: Args.string({ description: 'Which series; all without.', multiple: true }),
  };
  static override flags = {
    format: Flags.string({
      summary: 'How it is printed.',
      options: ['csv', 'jsonl', 'openmetrics'],
      default: 'csv',
    }),
    since: Flags.string({ summary: 'From when on: 2h, 7d, 2026-11-22.', default: '24h' }),
    step: Flags.string({ summary: 'How long each point is.', default: '5m' }),
  };

  protected override async perform(): Promise<ExportResult> {
    const range = rangeOf(this.flags.since, thisMachine().now());
    const points = pointsOf(range, this.flags.step);
    const history = new History(this.site.state);
    const found = namedSeries(history, this.args.name ?? []).flatMap(({ name, unit }) =>
      (history.series(name, { ...range, points }) ?? []).flatMap(({ at, min, mean, max }) =>
        min === null || mean === null || max === null
          ? []
          : [{ at, series: name, unit, min, mean, max }],
      ),
    );
    return { points: found };
  }

  protected override text({ points }: ExportResult): string {
    return exportText(points, this.flags.format as 'csv' | 'jsonl' | 'openmetrics', this.site.site);
  }
}
