import type { MetricUnit, OpenAlert, State } from '@om-ops/kit';

/** What is embedded in the page of the dashboard: nothing of the site but its name. */
export interface DashboardPage {
  everyMs: number;
  /** Whether alerts can be acknowledged from it. */
  allowsAck: boolean;
}

/** One look at the site, as it is streamed to those who watch. */
export interface Snapshot {
  /** When it was taken; ISO 8601 with offset. */
  at: string;
  level: State;
  /** One sentence that says what is so. */
  heading: string;
  /** One or two more. */
  lede: string;
  /** The last pass of the monitor; null: nobody has looked yet. */
  pass: { at: string; everyMs: number; stale: boolean } | null;
  alerts: readonly ShownAlert[];
  checks: readonly ShownCheck[];
  /** Readings of the machine at this moment, by the name of their series; they are not kept. */
  live: Readonly<Record<string, number>>;
  processes: readonly ShownProcess[];
  errors: readonly ShownError[];
  /** Why there are no errors to be shown, or fewer. */
  errorNotes: readonly string[];
}

/** `id` is null for a check that is not well and has no alert. */
export type ShownAlert = Omit<OpenAlert, 'id'> & { id: string | null };

export interface ShownCheck {
  id: string;
  title: string;
  level: State;
  value: number | null;
  unit: MetricUnit | null;
  text: string;
  durationMs: number;
  /** When it was looked at; ISO 8601 with offset. */
  at: string;
  since: string;
}

export interface ShownProcess {
  name: string;
  user: string;
  count: number;
  /** Of one processor; null: it takes a second look to tell. */
  cpuPercent: number | null;
  rss: number;
}

/** Lines of logs that tell of the same, without what differs between them. */
export interface ShownError {
  /** The newest of them. */
  text: string;
  source: string;
  count: number;
  /** When the newest came; null: it was there when watching began. ISO 8601 with offset. */
  at: string | null;
}

/** Answer of `/api/history`: what the charts are drawn from. */
export interface HistoryAnswer {
  since: string;
  until: string;
  charts: readonly ChartData[];
  /** The last hour of each check that has a number, by its id. */
  sparks: Readonly<Record<string, readonly (number | null)[]>>;
  marks: readonly Mark[];
}

export interface ChartData {
  name: string;
  title: string;
  unit: MetricUnit;
  /** The check that judges it. */
  check: string | null;
  warning: number | null;
  critical: number | null;
  /** [seconds since 1970, value], in order. */
  points: readonly (readonly [number, number])[];
  /** Points further apart have nothing between them. */
  joinSeconds: number;
}

/** What was done: it stands in all charts. */
export interface Mark {
  at: string;
  text: string;
  failed: boolean;
}

export const windows = { '15m': 900, '1h': 3600, '24h': 86_400, '7d': 604_800 } as const;
export type WindowName = keyof typeof windows;
