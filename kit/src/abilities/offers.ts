import type { OutputLine } from '../lines.ts';

/** A line of a source; `time` (ISO 8601) where whoever keeps it knows it and the line does not say. */
export interface SourceLine extends OutputLine {
  time?: string | null;
}

/** Lines that something of the site writes: a log file, a journal, a container's output. */
export interface LogSource {
  /** Unique within the plugin: `error`. */
  key: string;
  title: string;
  /** The last `lines`, and with `follow` those that come, until the signal is aborted. Redacted where they are read. */
  lines(
    options: { lines: number; follow: boolean; since?: Date },
    signal: AbortSignal,
  ): AsyncIterable<SourceLine>;
}

/** A file that configures a part of the site. */
export interface ConfigFile {
  /** Absolute; need not exist. */
  path: string;
  /** `nginx`: the main file, whose includes belong to it. */
  kind: 'nginx' | 'env' | 'ecosystem' | 'unit' | 'compose' | 'text';
}

export type { SitePage as Page } from '../report/site-page.ts';
