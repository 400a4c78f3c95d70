import { Flags, OpsCommand, wholeNumber } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { type RequestKey, requestsOf } from '../../access/requests.ts';
import { sinceFlag, sourceArgs, untilFlag, windowOf } from '../../flags.ts';
import { reading } from '../../look.ts';
import { decoded } from '../../scan/chunks.ts';
import { understoodOf } from '../../scan/format.ts';
import { logSources } from '../../sources/source.ts';

interface AccessGroup {
  name: string;
  requests: number;
  /** 401 and 403. */
  refused: number;
  /** 500 and above. */
  broken: number;
  /** ISO 8601, to the minute. */
  first: string | null;
  last: string | null;
  /** The most within one minute. */
  mostPerMinute: number;
  /** Many refusals within a minute. */
  isBurst: boolean;
}

interface AccessResult {
  by: RequestKey;
  lines: number;
  requests: number;
  refused: number;
  broken: number;
  byStatus: { status: number; requests: number }[];
  /** The most requests first. */
  groups: AccessGroup[];
  left: number;
  understoodPercent: number;
}

/** So many refusals of one within a minute are no mistyped password. */
const burst = 10;

export default class LogsAccess extends OpsCommand<typeof LogsAccess, AccessResult> {
  static override summary = 'Show who asked for what, and what was refused.';
  static override description =
    'From access lines and from JSON that tells of requests; a status is a field and no number in the text. With --failed only 401 and 403; ten of one within a minute are called a burst. Ends with 7 when no line tells of a request, or under 80 % of the lines were understood.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> access --failed --by client --since 24h',
    '<%= config.bin %> <%= command.id %> access --by path --json',
  ];
  static override args = sourceArgs;
  static override flags = {
    ...sinceFlag,
    ...untilFlag,
    failed: Flags.boolean({ summary: 'Only what was refused: 401 and 403.', default: false }),
    by: Flags.option({ options: ['client', 'path', 'status', 'user'] as const })({
      summary: 'What is told apart.',
      default: 'path',
    }),
    top: wholeNumber({ summary: 'How many to show.', default: 20, min: 1 }),
  };

  protected override async perform(): Promise<AccessResult> {
    const { signal, redactor } = this.operation;
    const by = this.flags.by as RequestKey;
    const onlyRefused = this.flags.failed;
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
      run: () => requestsOf(read.feeds, { by, onlyRefused }),
    });
    for (const lack of read.lacks(found.formats)) this.incomplete(lack);
    if (found.requests === 0) this.incomplete('No line tells of a request.');
    const shown = found.groups.slice(0, this.flags.top);
    const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
    return {
      by,
      lines: found.lines,
      requests: found.requests,
      refused: found.refused,
      broken: found.broken,
      byStatus: [...found.byStatus]
        .map(([status, requests]) => ({ status, requests }))
        .sort((a, b) => a.status - b.status),
      groups: shown.map(({ first, last, name, ...group }) => ({
        name: redact(decoded(name)),
        ...group,
        first: iso(first),
        last: iso(last),
        isBurst: onlyRefused && group.mostPerMinute >= burst,
      })),
      left: found.groups.length - shown.length,
      understoodPercent: understoodOf(found.formats),
    };
  }

  protected override text(result: AccessResult): string {
    const { groups, requests, refused, broken, lines, left } = result;
    const table = formatTable<AccessGroup>(
      [
        { head: result.by, cell: ({ name }) => name.slice(0, 80) },
        { head: 'Requests', cell: (one) => String(one.requests), align: 'right' },
        { head: '401/403', cell: (one) => String(one.refused), align: 'right' },
        { head: '5xx', cell: (one) => String(one.broken), align: 'right' },
        { head: 'Most a minute', cell: (one) => String(one.mostPerMinute), align: 'right' },
        { head: 'Last', cell: ({ last }) => last?.slice(0, 16).replace('T', ' ') ?? '–' },
        { head: '', cell: ({ isBurst }) => (isBurst ? 'burst' : '') },
      ],
      groups,
    );
    const more = left > 0 ? `; ${left} more (--top)` : '';
    return `${table}\n\n${requests} requests in ${lines} lines: ${refused} refused, ${broken} broken${more}.`;
  }
}
