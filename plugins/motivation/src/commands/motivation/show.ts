import { join } from 'node:path';
import { currentTime, Flags, isThere, OpsCommand } from '@om-ops/kit';
import { givenDay } from '../../days.ts';
import { keptDay } from '../../keep.ts';
import type { Motivation } from '../../motivation.ts';
import { page } from '../../report/site-page.ts';
import { motivationText } from '../../view/motivation.ts';

type ShowResult = Motivation & {
  /** Null when there is none. */
  report: string | null;
};

export default class MotivationShow extends OpsCommand<typeof MotivationShow, ShowResult> {
  static override summary = 'Show what a day was, as it was told last.';
  static override description =
    'Shows what `motivation run` kept, of the newest day without --date. It reads nothing anew.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --date yesterday',
  ];
  static override flags = {
    date: Flags.string({
      summary: 'The day, as YYYY-MM-DD, `today` or `yesterday`; default: the newest that was kept.',
      helpValue: 'D',
    }),
  };

  protected override async perform(): Promise<ShowResult> {
    const { state } = this.site;
    const { date } = this.flags;
    const kept = await keptDay(
      state,
      date === undefined ? undefined : givenDay(date, currentTime()),
    );
    const report = join(state, page.path);
    return { ...kept, report: isThere(report) ? report : null };
  }

  protected override text(result: ShowResult): string {
    const { report } = result;
    return [motivationText(result), ...(report === null ? [] : ['', `The page: ${report}`])].join(
      '\n',
    );
  }
}
