import { join } from 'node:path';
import { currentTime, dryRunFlag, Flags, OpsCommand } from '@om-ops/kit';
import { givenDay } from '../../days.ts';
import { dayFile, keepDay } from '../../keep.ts';
import { makeMotivation } from '../../make.ts';
import type { Motivation } from '../../motivation.ts';
import { page } from '../../report/site-page.ts';
import { motivationText } from '../../view/motivation.ts';

type RunResult =
  | (Motivation & { dryRun: false; path: string; report: string })
  | { dryRun: true; date: string; path: string; report: string };

export default class MotivationRun extends OpsCommand<typeof MotivationRun, RunResult> {
  static override summary = 'Tell what was done on a day, and write it on one page.';
  static override description =
    'Reads the work sessions, the roadmap, the backups and the operations log, and says in one true sentence what the day was: nothing that the record does not show, and nothing against anybody but your own usual. Writes STATE/motivation/report.html, which needs no network. Exits 7 when a part of the record could not be read.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --date yesterday',
    '<%= config.bin %> <%= command.id %> --date 2026-11-24 --json',
  ];
  static override record = 'audit' as const;
  static override flags = {
    date: Flags.string({
      summary: 'The day, as YYYY-MM-DD or `yesterday`; default: today.',
      helpValue: 'D',
    }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<RunResult> {
    const { site, operation } = this;
    const { state } = site;
    const now = currentTime();
    const date = givenDay(this.flags.date, now);
    const report = join(state, page.path);
    if (this.dryRun) return { dryRun: true, date, path: dayFile(state, date), report };
    const { redactor, signal } = operation;
    const made = await this.runTask({
      title: 'Read the record of the day',
      run: () =>
        makeMotivation({
          site,
          abilities: this.abilities,
          config: this.config,
          redact: (text) => redactor.foreign(text),
          signal,
          now,
          date,
        }),
      summary: ({ motivation }) => motivation.headline,
    });
    const motivation = redactor.value(made.motivation);
    const path = await keepDay(state, motivation);
    operation.touch(path);
    const result = { dryRun: false as const, ...motivation, path, report };
    this.keep(result);
    const pages = await this.abilities.navPages();
    await this.runTask({
      title: 'Write the page',
      run: async (progress) => {
        const { makeReport } = await import('../../report/report.ts');
        const { version } = this.config;
        return makeReport({ motivation, site: site.site, state, pages, version, progress });
      },
    });
    operation.touch(report);
    for (const sentence of made.lost) this.incomplete(sentence);
    return result;
  }

  protected override text(result: RunResult): string {
    if (result.dryRun)
      return `Would read the record of ${result.date}, keep what it says in ${result.path}, and write ${result.report}. Nothing was changed: this was a dry run.`;
    return `${motivationText(result)}\n\nThe page: ${result.report}`;
  }
}
