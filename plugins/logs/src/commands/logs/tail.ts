import {
  Flags,
  followFlag,
  isAtLeast,
  OpsStream,
  parseSince,
  severities,
  severityOf,
  wholeNumber,
} from '@om-ops/kit';
import { sourceArgs } from '../../flags.ts';
import { typedExpression } from '../../site.ts';
import { logSources } from '../../sources/source.ts';
import { followAll, lastOf, type TailLine } from '../../tail/lines.ts';

export default class LogsTail extends OpsStream<typeof LogsTail, TailLine> {
  static override summary =
    'Show the last lines of all sources together, in the order of their times.';
  static override description =
    'Without secrets. What was rotated away is gone on with, a file that comes later is taken up. --grep and --level choose from the last lines. With --follow until Ctrl-C, which is exit 130.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --lines 50',
    '<%= config.bin %> <%= command.id %> app backend --follow --level warning',
  ];
  static override args = sourceArgs;
  static override flags = {
    ...followFlag,
    lines: wholeNumber({ summary: 'How many of the last lines, together.', default: 100 }),
    since: Flags.string({ summary: 'Not older than this: 2h, 2026-11-22.', helpValue: 'TIME' }),
    grep: Flags.string({ summary: 'Only lines that this expression matches.', helpValue: 'RE' }),
    level: Flags.option({ options: severities })({
      summary: 'Only lines of this level and above.',
    }),
    raw: Flags.boolean({ summary: 'The lines alone, without their source.', default: false }),
  };

  #several = false;

  protected override get follows(): boolean {
    return this.flags.follow;
  }

  protected override async *lines(signal: AbortSignal): AsyncGenerator<TailLine> {
    const { lines, since, grep, level } = this.flags;
    const pattern = grep === undefined ? undefined : typedExpression(grep, 'i');
    const isWanted = ({ text }: TailLine) => {
      if (pattern !== undefined && !pattern.test(text)) return false;
      const own = level === undefined ? null : severityOf(text);
      return level === undefined || (own !== null && isAtLeast(own, level));
    };
    const { sources, failures } = await logSources(
      this.site,
      this.abilities,
      this.args.sources as string[] | undefined,
    );
    for (const failure of failures) this.incomplete(`${failure}.`);
    this.#several = sources.length > 1 || sources.some(({ files }) => files.length > 1);
    const options = {
      lines,
      redact: this.operation.redactor,
      signal,
      ...(since === undefined ? {} : { since: parseSince(since).getTime() }),
    };
    if (this.follows) {
      for await (const line of followAll(sources, options)) if (isWanted(line)) yield line;
      return;
    }
    yield* (await lastOf(sources, options)).filter(isWanted);
  }

  protected override line({ source, text }: TailLine): string {
    return this.flags.raw || !this.#several ? text : `${source} | ${text}`;
  }
}
