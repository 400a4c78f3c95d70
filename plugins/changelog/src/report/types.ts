/** What the changelog's page is drawn from. Times are milliseconds. */
export interface ChangelogReport {
  /** Newest first. */
  sessions: ReportSession[];
  /** All there are, embedded or not. */
  totals: { sessions: number; entries: number };
  /** How many entries are in the page, and how many of their texts were shortened. */
  embedded: { entries: number; shortened: number };
  /** Index of the first entry of each chunk of texts; chunk N is embedded as `texts-N`. */
  chunks: number[];
  /** The words that `Marks` counts. */
  types: string[];
  actors: string[];
  /** STATE/changelog, for commands and paths. */
  folder: string;
}

export interface ReportSession {
  id: string;
  title: string;
  active: boolean;
  scope: string;
  tags: string[];
  summary: string | null;
  outcome: string | null;
  startedAt: number;
  closedAt: number | null;
  /** How many entries it has. */
  entries: number;
  /** Its embedded entries are `first` to `first + shown - 1`, the newest first. */
  first: number;
  shown: number;
  /** Below STATE/changelog. */
  path: string;
  check: 'ok' | 'unchained' | 'broken' | 'unchecked';
  /** What verification found, as sentences. */
  problems: string[];
}

/** What is known of every embedded entry before its text is unpacked; embedded as `marks`. */
export interface Marks {
  /** Seconds before the entry above, which is newer; the first in seconds since 1970. */
  time: number[];
  /** A character each: `a` is the first of `types`. */
  type: string;
  actor: string;
  /** `s`, `f` or a blank. */
  outcome: string;
}

/** The texts of some hundred entries. */
export interface TextChunk {
  text: string[];
  /** By place in the chunk: paths. */
  attachments: Record<number, string[]>;
  /** By place in the chunk: how long the text is that was shortened. */
  full: Record<number, number>;
}
