import { join } from 'node:path';
import {
  Flags,
  type LogLevel,
  type LogLine,
  OpsCommand,
  parseSince,
  readLog,
  wholeNumber,
} from '@om-ops/kit';
import { formatTime, printable, styleFor } from '@om-ops/kit/text';

interface LogResult {
  file: string;
  lines: LogLine[];
}

export default class LogShow extends OpsCommand<typeof LogShow, LogResult> {
  static override summary = 'Show the operations log.';
  static override description =
    'Every command that ran leaves a line in STATE/om-ops.log: when, what, by whom, how long it took, how it ended. Rotated files are read too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --lines 20',
    '<%= config.bin %> <%= command.id %> --level warn --since 7d',
    '<%= config.bin %> <%= command.id %> --grep backup:run --json',
  ];
  static override record = 'none' as const;
  static override flags = {
    lines: wholeNumber({ summary: 'How many lines at the most.', default: 50, min: 1 }),
    level: Flags.string({
      summary: 'Lines of this level and above.',
      options: ['debug', 'info', 'warn', 'error'],
    }),
    grep: Flags.string({ summary: 'Lines with this text in them.' }),
    since: Flags.string({ summary: 'Lines since then: 2h, 7d, 2026-11-22.' }),
  };

  protected override async perform(): Promise<LogResult> {
    const file = join(this.site.state, 'om-ops.log');
    const { lines, level, grep, since } = this.flags;
    return {
      file,
      lines: readLog(file, {
        lines,
        level: level?.toUpperCase() as LogLevel | undefined,
        grep,
        since: since === undefined ? undefined : parseSince(since),
      }),
    };
  }

  protected override text({ file, lines }: LogResult): string {
    if (lines.length === 0) return `No lines in ${file} for that.`;
    const style = styleFor(process.stdout);
    const paint = { INFO: style.green, WARN: style.yellow, ERROR: style.red };
    return lines
      .map(
        ({ time, level, command, details }) =>
          `${style.dim(formatTime(time))} ${paint[level](level.padEnd(5))} ${style.bold(command)} ${printable(details)}`,
      )
      .join('\n');
  }
}
