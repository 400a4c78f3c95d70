import { OpsCommand } from '@om-ops/kit';
import { formatBytes, formatCount, formatFacts, formatTime } from '@om-ops/kit/text';
import { metricsSection } from '../../site/metrics.ts';
import { type StoreFacts, storeFacts } from '../../store/facts.ts';

export default class MetricsStoreCommand extends OpsCommand<
  typeof MetricsStoreCommand,
  StoreFacts
> {
  static override id = 'metrics:store';
  static override summary =
    'Show how the history stands: size, rows, oldest, and whether it is whole.';
  static override description =
    'Reads the whole database once to tell whether it is whole. Exit 6 when it is not: the next pass moves it aside and begins a new one. Alerts are kept elsewhere.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<StoreFacts> {
    const { maxMb } = await this.site.section(metricsSection);
    const facts = storeFacts(this.site.state, maxMb);
    if (facts.check !== 'ok' && facts.check !== 'none')
      this.unhealthy(
        'E_METRICS_DAMAGED',
        `The history of what was measured is damaged: ${facts.check}.`,
        ['The next pass moves it aside and begins a new one: om-ops health check'],
      );
    return facts;
  }

  protected override text({
    path,
    bytes,
    walBytes,
    maxBytes,
    rows,
    series,
    oldest,
    newest,
    check,
    damaged,
  }: StoreFacts): string {
    if (check === 'none') return 'There is no history yet. Look once: om-ops health check';
    const all = rows.raw + rows.fiveMinutes + rows.hours;
    return formatFacts([
      ['file', path],
      [
        'size',
        `${formatBytes(bytes)} and ${formatBytes(walBytes)} of its log, of ${formatBytes(maxBytes)} at most`,
      ],
      [
        'rows',
        `${formatCount(all)}: ${formatCount(rows.raw)} samples, ${formatCount(rows.fiveMinutes)} of five minutes, ${formatCount(rows.hours)} of hours`,
      ],
      ['series', formatCount(series)],
      ['oldest', oldest === null ? 'nothing yet' : formatTime(oldest)],
      ['newest', newest === null ? 'nothing yet' : formatTime(newest)],
      ['check', check === 'ok' ? 'whole' : check],
      ...damaged.map((aside): [string, string] => ['put aside', aside]),
    ]);
  }
}
