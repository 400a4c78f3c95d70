import type { PageMaking } from '@om-ops/kit';
import { bundledPage, type WrittenReport, writeReport } from '@om-ops/kit/report';
import { dayText } from '../day-text.ts';
import type { Motivation } from '../motivation.ts';
import { page } from './site-page.ts';

/** More sessions than that are no day's work of one, and no page. */
const mostSessions = 24;

/**
 * Writes STATE/motivation/report.html, and STATE/index.html anew.
 *
 * @throws OpsError E_REPORT_PAGE, E_INTERRUPTED, E_PERMISSION, E_DISK_FULL
 */
export function makeReport({
  motivation,
  site,
  state,
  pages,
  version,
  progress,
}: PageMaking & { motivation: Motivation }): Promise<WrittenReport> {
  const { headline, date, at, lede, accomplishments, sessions } = motivation;
  return writeReport<Motivation>({
    state,
    page,
    pages,
    signal: progress.signal,
    heading: headline,
    site,
    generatedAt: new Date(at),
    version,
    data: { ...motivation, sessions: sessions.slice(0, mostSessions) },
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      text: `${dayText(date)}. ${lede}`,
      facts: accomplishments.map(({ title, why }) => [title, why]),
    },
  });
}
