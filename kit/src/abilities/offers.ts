import type { OutputLine } from '../lines.ts';

/** Lines that something of the site writes: a log file, a journal, a container's output. */
export interface LogSource {
  /** Unique within the plugin: `error`. */
  key: string;
  title: string;
  /** The last `lines`, and with `follow` those that come, until the signal is aborted. Redacted where they are read. */
  lines(
    options: { lines: number; follow: boolean; since?: Date },
    signal: AbortSignal,
  ): AsyncIterable<OutputLine>;
}

/** Something that is worth running again and again. */
export interface Job {
  /** Unique within the plugin: `nightly`. */
  key: string;
  title: string;
  /** The command line behind `om-ops`, one argument an element. */
  argv: readonly string[];
  /** A cron expression: `30 2 * * *`. */
  suggested: string;
  /** One sentence. */
  why: string;
}

/** A file that configures a part of the site. */
export interface ConfigFile {
  /** Absolute; need not exist. */
  path: string;
  /** `nginx`: the main file, whose includes belong to it. */
  kind: 'nginx' | 'env' | 'ecosystem' | 'unit' | 'compose' | 'text';
}

export type { SitePage as Page } from '../report/site-page.ts';
