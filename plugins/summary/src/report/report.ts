import type { PageMaking } from '@om-ops/kit';
import { bundledPage, type WrittenReport, writeReport } from '@om-ops/kit/report';
import type { Summary } from '../summary.ts';
import { countsText } from '../verdict.ts';
import { reportData } from './data.ts';
import { page } from './site-page.ts';
import type { SummaryReport } from './types.ts';

/**
 * Writes STATE/summary/report.html, and STATE/index.html anew.
 *
 * @throws OpsError E_REPORT_PAGE, E_INTERRUPTED, E_PERMISSION, E_DISK_FULL
 */
export function makeReport({
  summary,
  site,
  state,
  pages,
  version,
  progress,
}: PageMaking & { summary: Summary }): Promise<WrittenReport> {
  const { verdict, counts, attention, at } = summary;
  return writeReport<SummaryReport>({
    state,
    page,
    pages,
    signal: progress.signal,
    heading: verdict,
    site,
    generatedAt: new Date(at),
    version,
    data: reportData(summary, state),
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      text: countsText(counts),
      facts: attention.map(({ level, text }) => [level, text]),
    },
  });
}
