import { Flags, OpsCommand, wholeNumber } from '@om-ops/kit';
import { classesOf, classOf } from '../../classes.ts';
import { collectErrors } from '../../errors/collect.ts';
import { perHour, type Trend, trendOf } from '../../errors/report.ts';
import { keepSeen, readSeen } from '../../errors/seen.ts';
import { sourceArgs, untilFlag, windowOf } from '../../flags.ts';
import { reading } from '../../look.ts';
import { decoded } from '../../scan/chunks.ts';
import { understoodOf } from '../../scan/format.ts';
import { logSources } from '../../sources/source.ts';
import { errorsText } from '../../view/errors.ts';

export interface ErrorGroup {
  /** A hash of the template: the same in every run. */
  id: string;
  template: string;
  count: number;
  sources: string[];
  /** ISO 8601; null where its lines do not say. */
  first: string | null;
  last: string | null;
  trend: Trend;
  /** One of its lines, without secrets. */
  sample: string;
  class?: string;
  /** Not seen in any run before. */
  isNew: boolean;
}

export interface ErrorsResult {
  since: string;
  until: string;
  lines: number;
  understoodPercent: number;
  errors: number;
  perHour: { hour: string; errors: number }[];
  groups: ErrorGroup[];
  /** How many groups there are beside these. */
  left: number;
  skipped: { name: string; why: string }[];
}

export default class LogsErrors extends OpsCommand<typeof LogsErrors, ErrorsResult> {
  static override summary = 'Count the errors in the logs, and group those that say the same.';
  static override description =
    'An error is what its line calls one: the level decides, and words only where a line has no level, so that `no error found` is none. Numbers, ids, addresses and times are masked, lines that are the same then are a group; a trace counts once. Rotated and packed generations are read too. --new shows what no run before has seen. Ends with 6 over --fail-over, with 7 when under 80 % of the lines were understood or a file could not be read.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 24h',
    '<%= config.bin %> <%= command.id %> app --new --fail-over 0',
  ];
  static override args = sourceArgs;
  static override flags = {
    since: Flags.string({
      summary: 'Not older than this: 2h, 7d, 2026-11-22, "2026-11-22 06:00".',
      helpValue: 'TIME',
      default: '7d',
    }),
    ...untilFlag,
    top: wholeNumber({ summary: 'How many groups to show.', default: 10, min: 1 }),
    new: Flags.boolean({ summary: 'Only groups that no run before has seen.', default: false }),
    'fail-over': wholeNumber({ summary: 'More errors than this are exit 6.' }),
  };

  protected override async perform(): Promise<ErrorsResult> {
    const { signal, redactor } = this.operation;
    const now = Date.now();
    const { since = 0, until = now } = windowOf(this.flags);
    const window = { since, until };
    const redact = (text: string) => redactor.foreign(text);
    const { sources, section, failures } = await logSources(
      this.site,
      this.abilities,
      this.args.sources as string[] | undefined,
    );
    for (const failure of failures) this.incomplete(`${failure}.`);
    const read = reading(sources, {
      warn: (message) => this.operation.warn(message),
      ...this.#bounds(window),
      signal,
      redact,
    });
    const found = await this.runTask({
      title: 'Read the logs',
      run: () => collectErrors(read.feeds, { least: 'error', ...this.#bounds(window) }),
    });
    for (const lack of read.lacks(found.formats)) this.incomplete(lack);
    const seen = readSeen(this.site.state);
    const wanted = this.flags.new
      ? found.groups.filter(({ id }) => !seen.ids.has(id))
      : found.groups;
    const shown = wanted.slice(0, this.flags.top);
    const classes = classesOf(section.classes);
    const problem = await keepSeen(
      this.site.state,
      found.groups.map(({ id }) => id),
    );
    if (problem !== undefined) this.operation.warn(problem);
    const limit = this.flags['fail-over'];
    const counted = this.flags.new
      ? wanted.reduce((sum, { count }) => sum + count, 0)
      : found.errors;
    if (limit !== undefined && counted > limit)
      this.unhealthy(
        'E_LOG_ERRORS',
        `There are ${counted}${this.flags.new ? ' new' : ''} errors, and ${limit} are allowed.`,
        ['See all that say so: om-ops logs search --fixed "…"'],
      );
    return {
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
      lines: found.lines,
      understoodPercent: understoodOf(found.formats),
      errors: found.errors,
      perHour: perHour(found, window),
      groups: shown.map((group) => {
        const sample = decoded(group.sample);
        const kind = classOf(sample, classes);
        return {
          id: group.id,
          template: redact(decoded(group.template)),
          count: group.count,
          sources: [...group.sources],
          first: iso(group.first),
          last: iso(group.last),
          trend: trendOf(group, window),
          sample: redact(sample),
          ...(kind === undefined ? {} : { class: kind }),
          isNew: !seen.ids.has(group.id),
        };
      }),
      left: wanted.length - shown.length,
      skipped: read.skipped,
    };
  }

  /** The end of the window is now, unless somebody asks for another one. */
  #bounds({ since, until }: { since: number; until: number }) {
    return { since, ...(this.flags.until === undefined ? {} : { until }) };
  }

  protected override text(result: ErrorsResult): string {
    return errorsText(result);
  }
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
