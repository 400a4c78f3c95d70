import { join } from 'node:path';
import { isThere, type Progress, siteTimeZone } from '@om-ops/kit';
import { bundledPage, formatBytes, type SitePage, writeReport } from '@om-ops/kit/report';
import type { Analysis } from '../analysis.ts';
import { analysisFolders, healIndex, loadAnalysis } from '../run/store.ts';
import { reportData } from './data.ts';
import { KeptDetails } from './kept-details.ts';
import { page } from './site-page.ts';
import { workDays } from './work.ts';

export interface ReportInput {
  /** Name of the site. */
  site: string;
  state: string;
  /** All pages of the site. */
  pages: readonly SitePage[];
  /** Of om-ops. */
  version: string;
  progress: Progress;
  /** A run that need not be read, because it was only just made. */
  known?: Analysis;
  now?: Date;
}

export interface MadeReport {
  path: string;
  bytes: number;
  /** All runs, and how many of them can be opened in the page. */
  runs: number;
  runsInDetail: number;
}

const daysOfWork = 90;

/**
 * Writes STATE/analysis/report.html, and STATE/index.html anew.
 *
 * @throws OpsError E_REPORT_PAGE, E_INTERRUPTED, E_PERMISSION, E_DISK_FULL
 */
export async function makeReport(input: ReportInput): Promise<MadeReport> {
  const { site, state, pages, version, progress, known, now = new Date() } = input;
  const { folder } = analysisFolders(state);
  const runs = await healIndex(state);
  const hasChangelog = isThere(join(state, 'changelog'));
  const kept = new KeptDetails(state);
  const data = await reportData(
    {
      site,
      timeZone: siteTimeZone(now),
      folder,
      runs,
      load: (run, mostGroups) =>
        run === known?.run ? known : loadAnalysis(state, run, mostGroups),
      kept,
      work: hasChangelog ? workDays(state, daysOfWork) : [],
      now,
    },
    progress,
  );
  const newest = data.runs[0];
  const { path, bytes } = await writeReport({
    state,
    page,
    pages,
    signal: progress.signal,
    heading: newest?.heading ?? 'Nothing was analysed yet',
    site,
    generatedAt: now,
    version,
    data,
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      facts:
        newest === undefined
          ? [['Runs', '0']]
          : [
              ['Newest run', `${newest.run} (${newest.scope})`],
              ['Size', formatBytes(newest.totals.bytes)],
              ['Files', String(newest.totals.files)],
              ['Junk', formatBytes(newest.junk.bytes)],
              ['Duplicates', formatBytes(newest.duplicates.wastedBytes)],
              ['Runs', String(runs.length)],
            ],
    },
  });
  // Without them the next report takes longer, and that is all.
  await kept.save().catch(() => undefined);
  return {
    path,
    bytes,
    runs: runs.length,
    runsInDetail: data.runs.length,
  };
}
