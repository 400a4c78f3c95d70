import {
  type FileLine,
  followFile,
  followFlag,
  lastLines,
  OpsStream,
  wholeNumber,
} from '@om-ops/kit';
import { nginxSection } from '../../site.ts';

export default class NginxLogs extends OpsStream<typeof NginxLogs, FileLine> {
  static override summary = "Show the end of nginx's error log.";
  static override description =
    'The last lines, those of rotated files included, without secrets; with --follow those that come as well, through rotation.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --lines 50 --follow',
  ];
  static override flags = {
    ...followFlag,
    lines: wholeNumber({ char: 'n', summary: 'How many of the last lines.', default: 200 }),
  };

  protected override get follows(): boolean {
    return this.flags.follow;
  }

  protected override async *lines(signal: AbortSignal): AsyncGenerator<FileLine> {
    const { errorLog } = await this.site.section(nginxSection);
    const file = this.site.below(errorLog);
    const { redactor: redact } = this.operation;
    const { lines } = this.flags;
    if (this.follows) return yield* followFile(file, { lines, redact, signal });
    for (const text of await lastLines(file, lines, { redact, signal })) yield { file, text };
  }

  protected override line({ text }: FileLine): string {
    return text;
  }
}
