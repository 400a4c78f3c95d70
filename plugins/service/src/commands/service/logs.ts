import {
  Args,
  Flags,
  followFlag,
  isAtLeast,
  OpsError,
  OpsStream,
  parseSince,
  type Severity,
  severities,
  severityOf,
  wholeNumber,
} from '@om-ops/kit';
import type { ServiceLine } from '../../kinds/manager.ts';
import { serviceLines } from '../../logs/lines.ts';
import { chosenOne, siteServices } from '../../site-services.ts';

type Line = ServiceLine & { level: Severity | null };

export default class ServiceLogs extends OpsStream<typeof ServiceLogs, Line> {
  static override summary = 'Show what a service has printed.';
  static override description =
    'From the journal, from the files of PM2, from Docker, or from the files that the profile names, whichever it is; secrets are taken out. --level goes by the words in the lines: what a service prints as an error is no error to the journal. With --follow until Ctrl-C, which is exit 130.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backend --since 1h --level error',
    '<%= config.bin %> <%= command.id %> celery --follow',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'A service of the profile.' }),
  };
  static override flags = {
    ...followFlag,
    lines: wholeNumber({ summary: 'How many of the last lines.', default: 100 }),
    since: Flags.string({
      summary: 'Not older than this: 2h, 2026-11-22, "2026-11-22 06:00".',
      helpValue: 'TIME',
    }),
    grep: Flags.string({ summary: 'Only lines that this expression matches.', helpValue: 'RE' }),
    level: Flags.option({ options: severities })({
      summary: 'Only lines of this level and above.',
    }),
  };

  protected override get follows(): boolean {
    return this.flags.follow;
  }

  protected override async *lines(signal: AbortSignal): AsyncGenerator<Line> {
    const { lines, follow, since, grep, level } = this.flags;
    const pattern = grep === undefined ? undefined : expression(grep);
    const from = since === undefined ? {} : { since: parseSince(since) };
    const { all, managers } = await siteServices(this.site, this.abilities, signal);
    const service = chosenOne(all, this.args.name);
    const isWanted = ({ text, level: own }: Line) =>
      (pattern === undefined || pattern.test(text)) &&
      (level === undefined || (own !== null && isAtLeast(own, level)));
    // What is left out is asked for as well: the last lines that match are wanted.
    const isFiltered = pattern !== undefined || level !== undefined;
    const asked = isFiltered && !follow ? Math.max(lines * 50, 10_000) : lines;
    const found: Line[] = [];
    let seen = 0;
    for await (const line of serviceLines(service, managers, {
      lines: asked,
      follow,
      ...from,
      redact: this.operation.redactor,
      signal,
    })) {
      seen += 1;
      const whole = { ...line, level: severityOf(line.text) };
      if (!isWanted(whole)) continue;
      if (follow) yield whole;
      else found.push(whole);
    }
    if (isFiltered && !follow && seen >= asked && found.length < lines)
      this.incomplete(`Only the last ${asked} lines were looked through.`);
    yield* found.slice(-lines);
  }

  protected override line({ text, time }: Line): string {
    return time === null || text.includes(time.slice(0, 10)) ? text : `${time} ${text}`;
  }
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new OpsError('E_USAGE', `--grep ${text} is no regular expression.`, {
      exit: 'usage',
      suggestions: ['Put a backslash before ( ) [ ] { } . * + ? that mean themselves.'],
      cause: error,
    });
  }
}
