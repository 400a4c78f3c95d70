import { type PageMaking, ReportCommand } from '@om-ops/kit';
import { formatBytes, formatCount } from '@om-ops/kit/text';
import type { MadeReport } from '../../report/report.ts';
import { page } from '../../report/site-page.ts';
import type { Roadmap } from '../../roadmap.ts';
import { roadmapOf } from '../../roadmap-command.ts';

export default class RoadmapReport extends ReportCommand<typeof RoadmapReport, MadeReport> {
  static override summary = 'Write the page of the roadmap.';
  static override description =
    'Writes STATE/roadmap/report.html: a board by status, a timeline by due date, a table, what is overdue, and what changed lately. One file that needs no network.';

  protected override readonly page = page;

  protected override foresee(): void {
    this.#roadmap.milestones();
  }

  protected override async make(making: PageMaking): Promise<MadeReport> {
    const { makeReport } = await import('../../report/report.ts');
    return makeReport({ roadmap: this.#roadmap, ...making });
  }

  protected override summaryOf({ heading, bytes }: MadeReport): string {
    return `${heading}; ${formatBytes(bytes)}`;
  }

  protected override linesOf(made: Omit<MadeReport, 'path'>): [string, ...string[]] {
    const { heading, milestones, embeddedMilestones } = made;
    if (embeddedMilestones === milestones) return [heading];
    return [
      heading,
      `${formatCount(embeddedMilestones)} milestones are in it; all of them: om-ops roadmap list`,
    ];
  }

  get #roadmap(): Roadmap {
    return roadmapOf(this.site, this.operation);
  }
}
