import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Changelog, type Progress, writeFileAtomic } from '@om-ops/kit';
import { bundledPage, renderReport } from '@om-ops/kit/report';
import { type ReportLimits, reportData } from './data.ts';

export interface ReportInput {
  changelog: Changelog;
  /** Name of the site. */
  site: string;
  /** STATE. */
  state: string;
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
 * Writes STATE/changelog/report.html.
 *
 * @throws OpsError E_REPORT_PAGE, E_INTERRUPTED, E_PERMISSION, E_DISK_FULL
 */
export async function makeReport(input: ReportInput): Promise<MadeReport> {
  const { changelog, site, state, version, progress, limits, now = new Date() } = input;
  const { data, embedded } = await reportData(changelog, progress, limits);
  progress.report({ stage: 'packing' });
  const broken = data.sessions.filter(({ check }) => check === 'broken').length;
  const html = await renderReport({
    title: 'Changelog',
    heading: 'Development changelog',
    site,
    generatedAt: now,
    version,
    links: existsSync(join(state, 'analysis/report.html'))
      ? [{ label: 'Analysis', href: '../analysis/report.html' }]
      : [],
    data,
    embedded,
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      facts: [
        ['Sessions', String(data.totals.sessions)],
        ['Entries', String(data.totals.entries)],
        ['Active', data.sessions.find(({ active }) => active)?.title ?? 'none'],
        ['Broken sessions', String(broken)],
      ],
    },
  });
  progress.signal.throwIfAborted();
  await writeFileAtomic(changelog.reportPath, html);
  return {
    path: changelog.reportPath,
    bytes: Buffer.byteLength(html),
    sessions: data.totals.sessions,
    entries: data.totals.entries,
    embeddedEntries: data.embedded.entries,
    shortened: data.embedded.shortened,
    broken,
  };
}
