import type { Site } from '../site/site.ts';

/** What of the site is asked for, from when on. */
export interface RecordContext {
  site: Site;
  /** Aborted at Ctrl-C and when the time is up. */
  signal: AbortSignal;
  since: Date;
}

/** A backup that was made, or that should have been. */
export interface BackupRecord {
  /** What it is of: `database`. */
  of: string;
  /** ISO 8601 with offset. */
  at: string;
  /**
   * `verified`: made, and read to its end afterwards. `partial`: made, and something is missing in it.
   * `failed`: it was not made, or cannot be restored.
   */
  state: 'verified' | 'made' | 'partial' | 'failed';
  bytes: number | null;
  /** Null where none was made. */
  path: string | null;
  /** What is wrong with it, as a sentence. */
  why: string | null;
}

/** Something that is to be reached. Days are `YYYY-MM-DD`, moments ISO 8601. */
export interface MilestoneRecord {
  id: string;
  title: string;
  status: 'planned' | 'in_progress' | 'complete' | 'blocked';
  percent: number;
  due: string | null;
  createdAt: string | null;
  completedAt: string | null;
  /** Where it is told of, below STATE: `roadmap/report.html#milestone=m0003`. */
  href: string;
}
