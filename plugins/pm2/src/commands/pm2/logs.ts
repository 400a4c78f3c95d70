import { Flags, followFlag, OpsStream, wholeNumber } from '@om-ops/kit';
import { knownOrSaved } from '../../app/known.ts';
import { pm2Setting } from '../../app/look.ts';
import { hideSecrets } from '../../app/secrets.ts';
import { appLogs } from '../../logs/files.ts';
import { followAll } from '../../logs/follow.ts';
import { type LogLine, lastOfAll } from '../../logs/last.ts';

export default class Pm2Logs extends OpsStream<typeof Pm2Logs, LogLine> {
  static override summary = 'Show what the backend has printed.';
  static override description =
    'Reads the files that PM2 writes, also of several instances, in the order of the times in their lines, and goes on in what was rotated. Works without a daemon. With --follow until Ctrl-C, which is exit 130.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --err --lines 50',
    '<%= config.bin %> <%= command.id %> --follow',
  ];
  static override flags = {
    ...followFlag,
    lines: wholeNumber({
      summary: 'How many of the last lines, of all files together.',
      default: 200,
    }),
    err: Flags.boolean({ summary: 'Only what it printed as errors.', default: false }),
  };

  #shared = false;

  protected override get follows(): boolean {
    return this.flags.follow;
  }

  protected override async *lines(signal: AbortSignal): AsyncGenerator<LogLine> {
    const { redactor } = this.operation;
    const setting = await pm2Setting(this.site);
    const processes = await knownOrSaved(setting, signal);
    hideSecrets(redactor, processes);
    const logs = await appLogs(setting, processes, { onlyErrors: this.flags.err, signal });
    this.#shared = logs.length > 1;
    const options = { redact: redactor, signal };
    if (this.follows) return yield* followAll(logs, this.flags.lines, options);
    const { lines, byTime } = await lastOfAll(logs, this.flags.lines, options);
    if (!byTime)
      this.operation.warn(
        'The lines do not say when they were written, so they stand file by file; with `time: true` in the ecosystem file they do.',
      );
    yield* lines;
  }

  protected override line({ text, from, instance }: LogLine): string {
    if (!this.#shared) return text;
    const stream = from === 'stderr' ? 'err' : from === 'stdout' ? 'out' : '';
    return `${[instance, stream].filter((part) => part !== null && part !== '').join(' ')} | ${text}`;
  }
}
