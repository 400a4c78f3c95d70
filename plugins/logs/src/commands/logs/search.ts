import { Args, Flags, OpsCommand, OpsError, severities, wholeNumber } from '@om-ops/kit';
import { sinceFlag, untilFlag, windowOf } from '../../flags.ts';
import { reading } from '../../look.ts';
import { understoodOf } from '../../scan/format.ts';
import { findMatches } from '../../search/match.ts';
import { logSources } from '../../sources/source.ts';

interface FoundLine {
  source: string;
  file: string;
  /** Without secrets, as its context. */
  text: string;
  before: string[];
  after: string[];
}

interface SearchResult {
  pattern: string;
  lines: number;
  count: number;
  bySource: { source: string; count: number }[];
  /** The last ones. */
  matches: FoundLine[];
  /** How many there are beside these. */
  left: number;
  understoodPercent: number;
  skipped: { name: string; why: string }[];
}

export default class LogsSearch extends OpsCommand<typeof LogsSearch, SearchResult> {
  static override summary = 'Search the logs, rotated and packed generations too.';
  static override description =
    'A regular expression, whatever the case, or with --fixed a text as it is. --field looks into fields of JSON, of access lines (client user method path status bytes) and into key=value. Shows the last --limit lines, without secrets. With --expect none a hit is exit 6; a file that could not be read is 7.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> "timed? out" --since 24h',
    '<%= config.bin %> <%= command.id %> --fixed "deadlock detected" app --count',
    '<%= config.bin %> <%= command.id %> . access --field status=500 --since 1h',
  ];
  static override args = {
    pattern: Args.string({ required: true, description: 'What to look for.' }),
    sources: Args.string({
      multiple: true,
      description: 'Sources of the profile. Default: all of them.',
    }),
  };
  static override flags = {
    fixed: Flags.boolean({ summary: 'The pattern is a text, and means itself.', default: false }),
    ...sinceFlag,
    ...untilFlag,
    level: Flags.option({ options: severities })({
      summary: 'Only lines of this level and above.',
    }),
    field: Flags.string({
      summary: 'Only lines where this field has this value; all of several.',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    context: wholeNumber({ summary: 'Lines around each.', default: 0, max: 100 }),
    limit: wholeNumber({
      summary: 'How many of the last to show.',
      default: 100,
      min: 1,
      max: 100_000,
    }),
    count: Flags.boolean({ summary: 'Only how many there are.', default: false }),
    expect: Flags.option({ options: ['none'] as const })({ summary: 'A hit is exit 6.' }),
  };

  protected override async perform(): Promise<SearchResult> {
    const { signal, redactor } = this.operation;
    const { pattern } = this.args;
    const { fixed, level, context, limit, count: onlyCount, expect, field = [] } = this.flags;
    const redact = (text: string) => redactor.foreign(text);
    const fields = field.map(pairOf);
    if (pattern === '')
      throw new OpsError('E_USAGE', 'There is nothing to look for.', {
        exit: 'usage',
        suggestions: ['Every line is matched by a dot: .'],
      });
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
      title: 'Search the logs',
      run: () =>
        findMatches(read.feeds, {
          pattern,
          isFixed: fixed,
          level,
          fields,
          context,
          limit,
          onlyCount,
        }),
    });
    for (const { name, why } of read.skipped) this.incomplete(`${name} was left out: ${why}.`);
    if (expect === 'none' && found.count > 0)
      this.unhealthy('E_FOUND', `${found.count} lines match, and none should.`, []);
    const matches = found.matches.slice(-limit);
    return {
      pattern,
      lines: found.lines,
      count: found.count,
      bySource: [...found.bySource].map(([source, count]) => ({ source, count })),
      matches: matches.map(({ source, file, text, before, after }) => ({
        source,
        file,
        text: redact(text),
        before: before.map(redact),
        after: after.map(redact),
      })),
      left: onlyCount ? found.count : found.count - matches.length,
      understoodPercent: understoodOf(found.formats),
      skipped: read.skipped,
    };
  }

  protected override text({ matches, count, lines, bySource, left }: SearchResult): string {
    if (this.flags.count)
      return [
        ...bySource.map((one) => `${one.source}: ${one.count}`),
        `${count} of ${lines} lines`,
      ].join('\n');
    const several = bySource.length > 1;
    const shown = matches.flatMap(({ source, text, before, after }) => {
      const head = several ? `${source} | ` : '';
      const rows = [
        ...before.map((one) => `${head}  ${one}`),
        `${head}${text}`,
        ...after.map((one) => `${head}  ${one}`),
      ];
      return this.flags.context > 0 ? [...rows, '--'] : rows;
    });
    const more = left > 0 ? `, ${left} before these (--limit)` : '';
    return [...shown, `${count} of ${lines} lines${more}`].join('\n');
  }
}

function pairOf(text: string): { key: string; value: string } {
  const at = text.indexOf('=');
  if (at > 0) return { key: text.slice(0, at), value: text.slice(at + 1) };
  throw new OpsError('E_USAGE', `--field ${text} names no value.`, {
    exit: 'usage',
    suggestions: ['Write it as --field status=500'],
  });
}
