import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dryRunFlag, Flags, OpsError } from '@om-ops/kit';
import { formatBytes, formatCount } from '@om-ops/kit/text';
import type { MadeReport } from '../../report/report.ts';
import { page } from '../../report/site-page.ts';
import { RoadmapCommand } from '../../roadmap-command.ts';
import { nothingChanged } from '../../view/milestones.ts';

interface ReportResult {
  path: string;
  /** Null when it was not made: `--where`, or a dry run. */
  made: Omit<MadeReport, 'path'> | null;
}

export default class RoadmapReport extends RoadmapCommand<typeof RoadmapReport, ReportResult> {
  static override summary = 'Write the page of the roadmap.';
  static override description =
    'Writes STATE/roadmap/report.html: a board by status, a timeline by due date, a table, what is overdue, and what changed lately. One file that needs no network.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --where',
  ];
  static override flags = {
    where: Flags.boolean({ summary: 'Only say where the last one is.', default: false }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<ReportResult> {
    const { state, site } = this.site;
    const path = join(state, page.path);
    if (this.flags.where && !existsSync(path)) {
      throw new OpsError('E_NO_REPORT', `There is no report at ${path} yet.`, {
        suggestions: ['Make it: om-ops roadmap report'],
      });
    }
    const { roadmap } = this;
    if (this.flags.where) return { path, made: null };
    if (this.dryRun) {
      // Throws for a roadmap that no page can be made of.
      roadmap.milestones();
      return { path, made: null };
    }
    const { makeReport } = await import('../../report/report.ts');
    const { version } = this.config;
    const pages = await this.abilities.navPages();
    const { path: _, ...made } = await this.runTask({
      title: 'Roadmap report',
      run: (progress) => makeReport({ roadmap, site, state, pages, version, progress }),
      summary: ({ heading, bytes }) => `${heading}; ${formatBytes(bytes)}`,
    });
    this.operation.touch(path);
    return { path, made };
  }

  protected override text({ path, made }: ReportResult): string {
    if (this.dryRun) return `Would write ${path}. ${nothingChanged}`;
    const open = `Open it in a browser; from elsewhere, copy it first: scp HOST:${path} .`;
    if (made === null) return `${path}\n${open}`;
    const lines = [`${path}: ${made.heading}.`];
    if (made.embeddedMilestones < made.milestones) {
      lines.push(
        `${formatCount(made.embeddedMilestones)} milestones are in it; all of them: om-ops roadmap list`,
      );
    }
    return [...lines, open].join('\n');
  }
}
