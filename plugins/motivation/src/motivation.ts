/** What a day was. Times are ISO 8601 with offset, days `YYYY-MM-DD` in the site's zone. */
export interface Motivation {
  date: string;
  /** When it was made. */
  at: string;
  /** Whether the day was not over then. */
  isToday: boolean;
  /** One true sentence, without a full stop. */
  headline: string;
  /** What the headline rests on. */
  chosen: 'milestone' | 'session' | 'closed' | 'failed' | 'entries' | 'quiet' | 'nothing';
  /** Sentences below it. */
  lede: string;
  /** Where the headline's record is, below STATE. */
  ref: string | null;
  accomplishments: Deed[];
  /** What did not work out that day, and what is known of it. */
  setbacks: Deed[];
  counts: Counts;
  /** The median of the days with work in the sixteen weeks before; null when there are too few. */
  usual: Counts | null;
  streak: Streak;
  /** Nobody worked that day, as far as the record shows. */
  quiet: boolean;
  /** What can be begun with. */
  next: Next[];
  /** The sessions of the day, in the order they began. */
  sessions: DaySession[];
  /** Sixteen weeks, Monday first, the last one that of the day. */
  weeks: WeekDay[];
}

export interface Deed {
  kind: 'milestone' | 'session' | 'closed' | 'entries' | 'failed';
  /** In the operator's own words where there are some. */
  title: string;
  /** What the record shows of it, a sentence. */
  why: string;
  /** Its record, below STATE. */
  ref: string;
}

export interface Counts {
  sessions: number;
  succeeded: number;
  failed: number;
  open: number;
  /** Written by somebody, and not by om-ops itself. */
  entries: number;
  /** Minutes within sessions. */
  minutes: number;
  milestones: number;
  /** What om-ops did and proved, and how many of that failed. */
  operations: number;
  operationsFailed: number;
  backups: number;
  backupsVerified: number;
  backupsFailed: number;
}

export interface Streak {
  /** Working days in a row on which something was finished. */
  days: number;
  /** Whether something was finished on the day itself. */
  counted: boolean;
  /** Why the day does not break it although nothing was finished; null when it does, or when it counts. */
  kept: 'weekend' | 'not-over' | null;
  /** How many it was before, when the day broke it. */
  before: number;
}

export interface Next {
  kind: 'session' | 'milestone' | 'part' | 'failed' | 'start';
  text: string;
  /** Short: `open`, `60 %`, `warning`. */
  mark: string;
  tone: 'accent' | 'warn' | 'bad' | 'neutral';
  ref: string | null;
  command: string | null;
}

export interface DaySession {
  id: string;
  title: string;
  summary: string | null;
  outcome: 'success' | 'fail' | null;
  /** When it was still open at the end of the day, or is now. */
  isOpen: boolean;
  /** Within the day, milliseconds. */
  from: number;
  to: number;
  entries: { at: number; outcome: 'success' | 'fail' | null; isOwn: boolean }[];
  /** Entries that are not in `entries`. */
  entriesLeftOut: number;
  ref: string;
}

export interface WeekDay {
  day: string;
  entries: number;
  sessions: number;
  /** Milestones reached, and sessions closed that did not fail. */
  finished: number;
  /** 0 nothing, 1 to 4 by one's own measure; null for a day to come. */
  level: 0 | 1 | 2 | 3 | 4 | null;
}
