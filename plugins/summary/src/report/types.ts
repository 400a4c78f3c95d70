import type { Summary, SummaryPanel } from '../summary.ts';

/** What the page is drawn from: a summary, cut to what a page can hold. */
export interface SummaryReport extends Omit<Summary, 'panels'> {
  panels: ReportPanel[];
  /** STATE/summary. */
  folder: string;
  /** What of the summary is not in the page, how many. */
  leftOut: { panels: number; attention: number; changes: number; spans: number };
}

export interface ReportPanel
  extends Pick<
    SummaryPanel,
    'topic' | 'title' | 'state' | 'facts' | 'notes' | 'since' | 'command' | 'runbook' | 'failure'
  > {
  /** Relative to the page. */
  href: string | null;
  history: {
    label: string;
    /** Of the first and the last moment, milliseconds. */
    from: number;
    to: number;
    values: (number | null)[];
    threshold: { value: number; label: string } | null;
    /** Least, most and last, as text. */
    least: string;
    most: string;
    last: string;
  } | null;
}
