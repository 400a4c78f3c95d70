import type { BackupRecord, Heartbeat, ReadPanel, State } from '@om-ops/kit';

/** How something that is looked at can be. */
export type Level = Exclude<State, 'off'>;

/** How the site is at one moment, and what became of it since the moment before. Times are ISO 8601 with offset. */
export interface Summary {
  /** Of its run folder, `YYYY-MM-DD_HHMMSS`; null while it was not kept. */
  run: string | null;
  at: string;
  /** The worst of all parts and alerts: critical, then unknown, then warning. */
  level: Level;
  /** One sentence, without a full stop. */
  verdict: string;
  /** How many parts are so. */
  counts: Record<State, number>;
  /** What needs somebody, the worst first. */
  attention: AttentionItem[];
  /** Every part that a plugin tells of, also those that are off. */
  panels: SummaryPanel[];
  /** Since the run it is compared with. */
  changes: SummaryChange[];
  against: { run: string; at: string } | null;
  timeline: Timeline;
  /** Null when no plugin keeps backups. */
  backups: BackupDays | null;
  /** The last pass of whoever watches the site; null when nothing does. */
  watch: Watch | null;
}

export interface AttentionItem {
  level: Exclude<Level, 'healthy'>;
  /** A sentence. */
  text: string;
  /** What else is known of it, sentences. */
  details: string[];
  /** Since when it is so, as far as is known. */
  since: string | null;
  /** The command that mends it, or tells more. */
  command: string | null;
  /** The name of a runbook. */
  runbook: string | null;
  /** The id of the alert. */
  alert: string | null;
  acknowledged: { by: string; until: string | null; note: string | null } | null;
  /** The part it is of: its topic. */
  part: string | null;
}

/** A part as it was read, with what earlier runs know of it. */
export type SummaryPanel = Omit<ReadPanel, 'since'> & {
  /** Since when it is in this state, as far as is known. */
  since: string;
};

export interface SummaryChange {
  kind: 'state' | 'metric' | 'alert' | 'backup' | 'milestone';
  /** What it is of: a topic, `topic.metric`, an alert, a milestone. */
  key: string;
  /** Short: `+1`, `worse`, `done`. */
  mark: string;
  text: string;
  /** Whether that is welcome. */
  tone: 'good' | 'bad' | 'neutral';
  /** Below STATE. */
  href: string | null;
}

export interface Timeline {
  since: string;
  until: string;
  lanes: TimelineLane[];
  events: TimelineEvent[];
  /** Events that are left out, the oldest. */
  eventsLeftOut: number;
}

export interface TimelineLane {
  check: string;
  title: string;
  spans: { from: string; to: string; level: Level }[];
  /** How much of the watched time it was healthy, 0 to 1; null when nobody watched. */
  healthy: number | null;
}

/** Something that was done, by om-ops or in a session. */
export interface TimelineEvent {
  at: string;
  /** `backup:run`; `session` for one that began or was closed. */
  kind: string;
  text: string;
  /** How it ended; null for what has no end of that kind. */
  outcome: 'done' | 'unwell' | 'failed' | 'interrupted' | null;
  by: string | null;
  /** Below STATE. */
  href: string | null;
}

export type DayState = BackupRecord['state'] | 'none';

export interface BackupDays {
  /** `YYYY-MM-DD` in the site's zone, oldest first. */
  days: string[];
  rows: BackupRow[];
}

export interface BackupRow {
  of: string;
  /** One a day. */
  states: DayState[];
  /** What is worth knowing of a day beside its state; '' mostly. */
  notes: string[];
  /** When the newest was made that can be restored. */
  newest: string | null;
}

export type Watch = Pick<Heartbeat, 'at' | 'everyMs' | 'level' | 'durationMs'> & { stale: boolean };
