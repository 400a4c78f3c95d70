import type { Progress } from '@om-ops/kit';
import { bundledPage, type SitePage, writeReport } from '@om-ops/kit/report';
import { countsText } from '../counts.ts';
import type { Roadmap } from '../roadmap.ts';
import { reportData } from './data.ts';
import { page } from './site-page.ts';
import type { RoadmapReport } from './types.ts';

export interface ReportInput {
  roadmap: Roadmap;
  /** Name of the site. */
  site: string;
  /** STATE. */
  state: string;
  /** All pages of the site. */
  pages: readonly SitePage[];
  version: string;
  progress: Progress;
  now?: Date;
}

export interface MadeReport {
  path: string;
  bytes: number;
  milestones: number;
  /** How many of them are in the page. */
  embeddedMilestones: number;
  overdue: number;
  /** What its heading says. */
  heading: string;
}

/**
 * Writes STATE/roadmap/report.html, and STATE/index.html anew.
 *
 * @throws OpsError E_ROADMAP_FILE, E_REPORT_PAGE, E_INTERRUPTED, E_PERMISSION, E_DISK_FULL
 */
export async function makeReport(input: ReportInput): Promise<MadeReport> {
  const { roadmap, site, state, pages, version, progress, now = new Date() } = input;
  progress.report({ stage: 'reading' });
  const milestones = roadmap.milestones();
  const { entries } = await roadmap.readHistory();
  const data = reportData({ milestones, history: entries, folder: roadmap.folder, now });
  const { counts } = data;
  const heading = countsText(counts);
  progress.report({ stage: 'packing' });
  const { path, bytes } = await writeReport<RoadmapReport>({
    state,
    page,
    pages,
    signal: progress.signal,
    heading,
    site,
    generatedAt: now,
    version,
    data,
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      facts: [
        ['Milestones', String(counts.total)],
        ['Complete', String(counts.byStatus.complete)],
        ['In progress', String(counts.byStatus.in_progress)],
        ['Planned', String(counts.byStatus.planned)],
        ['Blocked', String(counts.byStatus.blocked)],
        ['Overdue', String(counts.overdue)],
      ],
    },
  });
  return {
    path,
    bytes,
    milestones: counts.total,
    embeddedMilestones: data.milestones.length,
    overdue: counts.overdue,
    heading,
  };
}
