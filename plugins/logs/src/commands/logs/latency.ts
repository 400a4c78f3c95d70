import { Flags, OpsCommand, wholeNumber } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { sinceFlag, sourceArgs, untilFlag, windowOf } from '../../flags.ts';
import { latenciesOf, type Times } from '../../latency.ts';
import { reading } from '../../look.ts';
import { decoded } from '../../scan/chunks.ts';
import { understoodOf } from '../../scan/format.ts';
import { logSources } from '../../sources/source.ts';

interface LatencyResult {
  by: 'path' | 'operation';
  lines: number;
  /** Lines that say how long something took. */
  timed: number;
  /** The slowest first, by their 95th percentile; times in ms. */
  kinds: Times[];
  left: number;
  understoodPercent: number;
}

export default class LogsLatency extends OpsCommand<typeof LogsLatency, LatencyResult> {
  static override summary = 'Show how long things took, by path or by operation.';
  static override description =
    'From lines that say so: duration_ms, elapsed=0.3s, `in 12 ms`, the request time at the end of an access line. Half, 95 and 99 of a hundred took no longer than said, in milliseconds whatever the unit in the line. Numbers and ids in names are masked. Ends with 7 when no line says how long anything took.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> access --by path --since 24h',
    '<%= config.bin %> <%= command.id %> app --json',
  ];
  static override args = sourceArgs;
  static override flags = {
    ...sinceFlag,
    ...untilFlag,
    by: Flags.option({ options: ['path', 'operation'] as const })({
      summary: 'What is told apart.',
      default: 'operation',
    }),
    top: wholeNumber({ summary: 'How many to show.', default: 20, min: 1 }),
  };

  protected override async perform(): Promise<LatencyResult> {
    const { signal, redactor } = this.operation;
    const by = this.flags.by as LatencyResult['by'];
    const redact = (text: string) => redactor.foreign(text);
    const { sources, failures } = await logSources(
      this.site,
      this.abilities,
      this.args.sources as string[] | undefined,
    );
    for (const failure of failures) this.incomplete(`${failure}.`);
    const read = reading(sources, {
      warn: (message) => this.operation.warn(message),
      ...windowOf(this.flags),
      signal,
      redact,
    });
    const found = await this.runTask({
      title: 'Read the logs',
      run: () => latenciesOf(read.feeds, by),
    });
    for (const lack of read.lacks(found.formats)) this.incomplete(lack);
    if (found.timed === 0) this.incomplete('No line says how long anything took.');
    const shown = found.kinds.slice(0, this.flags.top);
    return {
      by,
      lines: found.lines,
      timed: found.timed,
      kinds: shown.map((one) => ({
        ...one,
        name: redact(decoded(one.name)),
        slowest: redact(one.slowest),
      })),
      left: found.kinds.length - shown.length,
      understoodPercent: understoodOf(found.formats),
    };
  }

  protected override text({ kinds, lines, timed, left, by }: LatencyResult): string {
    const ms = (value: number) => `${value < 10 ? value : Math.round(value)} ms`;
    const table = formatTable<Times>(
      [
        { head: by === 'path' ? 'Path' : 'Operation', cell: ({ name }) => name.slice(0, 80) },
        { head: 'Count', cell: ({ count }) => String(count), align: 'right' },
        { head: 'p50', cell: ({ p50 }) => ms(p50), align: 'right' },
        { head: 'p95', cell: ({ p95 }) => ms(p95), align: 'right' },
        { head: 'p99', cell: ({ p99 }) => ms(p99), align: 'right' },
        { head: 'Longest', cell: ({ max }) => ms(max), align: 'right' },
      ],
      kinds,
    );
    const more = left > 0 ? `; ${left} more (--top)` : '';
    return `${table}\n\n${timed} of ${lines} lines say how long something took${more}.`;
  }
}
