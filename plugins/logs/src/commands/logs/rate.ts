import { Args, OpsCommand, OpsError } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { sinceFlag, untilFlag, windowOf } from '../../flags.ts';
import { reading } from '../../look.ts';
import { rateOf } from '../../rate.ts';
import { understoodOf } from '../../scan/format.ts';
import { logsSection } from '../../site.ts';
import { logSources } from '../../sources/source.ts';

interface CountedRate {
  name: string;
  source: string;
  success: number;
  failure: number;
  /** Null when nothing succeeded or failed. */
  percent: number | null;
  minPercent: number;
  isHealthy: boolean;
  understoodPercent: number;
}

interface RateResult {
  rates: CountedRate[];
}

export default class LogsRate extends OpsCommand<typeof LogsRate, RateResult> {
  static override summary = 'Show how much of what should succeed did.';
  static override description =
    'The rates of the profile (logs.rates): expressions for lines of success and of failure. `0 failed` is no failure, and a line that says both counts as failed. Ends with 6 when one is below its minimum, with 7 when nothing succeeded or failed at all.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 24h',
    '<%= config.bin %> <%= command.id %> sync --json',
  ];
  static override args = {
    names: Args.string({ multiple: true, description: 'Rates of the profile. Default: all.' }),
  };
  static override flags = { ...sinceFlag, ...untilFlag };

  protected override async perform(): Promise<RateResult> {
    const { signal, redactor } = this.operation;
    const { rates } = await this.site.section(logsSection);
    const names = (this.args.names as string[] | undefined) ?? Object.keys(rates);
    if (Object.keys(rates).length === 0)
      throw new OpsError('E_NO_RATES', 'The site profile names no rates.', {
        exit: 'requirement',
        suggestions: [
          'Name one: logs: {rates: {sync: {source: app, success: [synced], failure: [failed], minPercent: 95}}}',
        ],
      });
    const found: CountedRate[] = [];
    for (const name of names) {
      const entry = rates[name];
      if (entry === undefined)
        throw new OpsError('E_USAGE', `The profile has no rate ${name}.`, {
          exit: 'usage',
          suggestions: [`It has: ${Object.keys(rates).join(', ')}`],
        });
      const { sources } = await logSources(this.site, this.abilities, [entry.source]);
      const read = reading(sources, {
        warn: (message) => this.operation.warn(message),
        ...windowOf(this.flags),
        signal,
        redact: (text) => redactor.foreign(text),
      });
      const rate = await this.runTask({
        title: `Read ${entry.source}`,
        run: () => rateOf(read.feeds, entry),
      });
      for (const lack of read.lacks(rate.formats)) this.incomplete(`${name}: ${lack}`);
      const { percent, success, failure } = rate;
      if (percent === null)
        this.incomplete(`${name}: no line of ${entry.source} tells of a success or a failure.`);
      found.push({
        name,
        source: entry.source,
        success,
        failure,
        percent,
        minPercent: entry.minPercent,
        isHealthy: percent !== null && percent >= entry.minPercent,
        understoodPercent: understoodOf(rate.formats),
      });
    }
    const low = found.filter(({ percent, minPercent }) => percent !== null && percent < minPercent);
    if (low.length > 0)
      this.unhealthy(
        'E_RATE_LOW',
        low
          .map((one) => `${one.name}: ${one.percent} % succeeded, and ${one.minPercent} % should.`)
          .join(' '),
        low.map(({ source }) => `See what failed: om-ops logs errors ${source}`),
      );
    return { rates: found };
  }

  protected override text({ rates }: RateResult): string {
    return formatTable<CountedRate>(
      [
        { head: 'Rate', cell: ({ name }) => name },
        { head: 'Succeeded', cell: ({ success }) => String(success), align: 'right' },
        { head: 'Failed', cell: ({ failure }) => String(failure), align: 'right' },
        {
          head: 'Rate',
          cell: (one) => (one.percent === null ? '–' : `${one.percent} %`),
          align: 'right',
        },
        { head: 'At least', cell: ({ minPercent }) => `${minPercent} %`, align: 'right' },
        {
          head: '',
          cell: (one) => (one.percent === null ? 'not known' : one.isHealthy ? 'well' : 'low'),
        },
      ],
      rates,
    );
  }
}
