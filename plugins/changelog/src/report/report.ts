import type { Progress } from '@om-ops/kit';
import type { Changelog } from '@om-ops/kit/journal';
import { bundledPage, type SitePage, writeReport } from '@om-ops/kit/report';
import { type ReportLimits, reportData } from './data.ts';
import { headingOf } from './heading.ts';
import { page } from './site-page.ts';
import type { ReportSession } from './types.ts';

export interface ReportInput {
  changelog: Changelog;
  /** Name of the site. */
  site: string;
  /** STATE. */
  state: string;
  /** All pages of the site. */
  pages: readonly SitePage[];
  version: string;
  progress: Progress;
  limits?: ReportLimits;
  now?: Date;
}

export interface MadeReport {
  path: string;
  bytes: number;
  sessions: number;
  entries: number;
  /** How many of the entries are in the page; the newest are. */
  embeddedEntries: number;
  /** Texts that were too long to be embedded whole. */
  shortened: number;
  /** Sessions that are not as om-ops wrote them. */
  broken: number;
}

/**
 * Writes STATE/changelog/report.html, and STATE/index.html anew.
 *
 * @throws OpsError E_REPORT_PAGE, E_INTERRUPTED, E_PERMISSION, E_DISK_FULL
 */
export async function makeReport(input: ReportInput): Promise<MadeReport> {
  const { changelog, site, state, pages, version, progress, limits, now = new Date() } = input;
  const { data, embedded } = await reportData(changelog, progress, limits);
  progress.report({ stage: 'packing' });
  const count = (wanted: ReportSession['check']): number =>
    data.sessions.filter(({ check }) => check === wanted).length;
  const { path, bytes } = await writeReport({
    state,
    page,
    pages,
    signal: progress.signal,
    heading: headingOf(data),
    site,
    generatedAt: now,
    version,
    data,
    embedded,
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      facts: [
        ['Sessions', String(data.totals.sessions)],
        ['Entries', String(data.totals.entries)],
        ['Active', data.sessions.find(({ active }) => active)?.title ?? 'none'],
        ['Broken sessions', String(count('broken'))],
        ['Sessions without hashes', String(count('unchained'))],
      ],
    },
  });
  return {
    path,
    bytes,
    sessions: data.totals.sessions,
    entries: data.totals.entries,
    embeddedEntries: data.embedded.entries,
    shortened: data.embedded.shortened,
    broken: count('broken'),
  };
}
