import { join } from 'node:path';
import { dryRunFlag, Flags, OpsCommand } from '@om-ops/kit';
import { keepSummary } from '../../keep.ts';
import { makeSummary } from '../../make.ts';
import { page } from '../../report/site-page.ts';
import { keptRun, runsFolder } from '../../runs.ts';
import type { Summary } from '../../summary.ts';
import { summaryText } from '../../view/summary.ts';

type RunResult =
  | (Summary & { dryRun: false; path: string; report: string })
  | { dryRun: true; folder: string; report: string };

export default class SummaryRun extends OpsCommand<typeof SummaryRun, RunResult> {
  static override summary = 'See how every part of the site is, and write it on one page.';
  static override description =
    'Asks every plugin for its part, all at once, and reads open alerts, the last 24 hours, backups and what changed since the run before. Writes STATE/summary/report.html, which needs no network, and STATE/summary/runs/<time>/summary.json. Changes nothing of the site. Exits 6 when something is critical, 7 when something could not be seen.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --since 2026-11-24_0902 --json',
  ];
  static override record = 'audit' as const;
  static override flags = {
    since: Flags.string({
      summary: 'Say what changed since this run, or the one that begins so; default: the newest.',
      helpValue: 'RUN',
    }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<RunResult> {
    const { site, operation } = this;
    const { state } = site;
    const report = join(state, page.path);
    const { since } = this.flags;
    if (this.dryRun) {
      if (since !== undefined) await keptRun(state, since);
      return { dryRun: true, folder: runsFolder(state), report };
    }
    const { signal } = operation;
    const [seen, { makeReport }] = await this.runTask({
      title: 'Look at every part',
      run: () =>
        // What makes the page is loaded while the slowest part is waited for.
        Promise.all([
          makeSummary({
            site,
            abilities: this.abilities,
            config: this.config,
            signal,
            now: operation.startedAt,
            since,
          }),
          import('../../report/report.ts'),
        ]),
      summary: ([{ verdict }]) => verdict,
    });
    // Kept and published: what a plugin gave is cleaned before, not only where it is printed.
    const clean = operation.redactor.value(seen);
    const { summary, path } = await keepSummary(state, clean);
    operation.touch(path);
    const result = { dryRun: false as const, ...summary, path, report };
    this.keep(result);
    const pages = await this.abilities.navPages();
    await this.runTask({
      title: 'Write the page',
      run: async (progress) => {
        const { version } = this.config;
        return makeReport({ summary, site: site.site, state, pages, version, progress });
      },
    });
    operation.touch(report);
    this.#judge(summary);
    return result;
  }

  #judge({ level, attention, verdict }: Summary): void {
    if (level === 'critical') {
      const { text, command } = attention.find((item) => item.level === level) ?? {};
      this.unhealthy(
        'E_CRITICAL',
        `${verdict}.${text === undefined ? '' : ` ${text}`}`,
        command ? [`See to it: ${command}`] : [],
      );
    } else if (level === 'unknown') {
      const unseen = attention.filter((item) => item.level === level);
      for (const { text } of unseen) this.incomplete(text);
      if (unseen.length === 0) this.incomplete(`${verdict}.`);
    }
  }

  protected override text(result: RunResult): string {
    if (result.dryRun)
      return `Would ask every part of the site how it is, keep that in ${result.folder}, and write ${result.report}. Nothing was changed: this was a dry run.`;
    return `${summaryText(result)}\n\nThe page: ${result.report}`;
  }
}
