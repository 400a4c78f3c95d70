import type { CheckKind, Level } from './pass.ts';

/**
 * What is remembered from one pass to the next. Ticks are milliseconds of the site: they go on through
 * restarts of the machine, and no clock that is set moves them.
 */
export interface WatchState {
  clock: JudgedClock | null;
  /** Only those of which something is to be remembered. */
  keys: Readonly<Record<string, KeyState>>;
}

export interface JudgedClock {
  tick: number;
  wallMs: number;
  monotonicMs: number;
  bootId: string;
  /** The last pass over everything, and what it promised. */
  whole: { tick: number; everyMs: number | null } | null;
}

/** One thing that is watched and not simply well. */
export interface KeyState {
  key: string;
  title: string;
  kind: CheckKind;
  /** The sentence of the last sample, its value and unit. */
  text: string;
  value: number | null;
  unit: string | null;
  runbook: string | null;
  command: string | null;
  after: readonly string[];
  urgent: boolean;
  /** Bad samples in a row, at that level or worse. */
  bad: Readonly<Record<Level, number>>;
  /** Samples in a row that are well below that level, and the tick of the first. */
  good: Readonly<Record<Level, { count: number; since: number } | null>>;
  /** Passes in a row without a sample. */
  missed: number;
  alert: Alert | null;
  /** Ticks at which it fired lately. */
  fired: readonly number[];
  flapping: { movedAt: number; told: Level | null } | null;
  /** What it is when it fires again: resolved by hand and not well since, or flapping. */
  reopens: Pick<Alert, 'id' | 'since'> | null;
}

export interface Alert {
  id: string;
  /** `resolved`: over, and not told yet. */
  phase: 'firing' | 'resolved';
  level: Level;
  /** The worst it has been. */
  peak: Level;
  /** ISO 8601 with offset. */
  since: string;
  /** The level that was told last; null: nobody was told. */
  told: Level | null;
  toldTick: number;
  /** The key that it waits for. */
  heldBy: string | null;
  /** Bad samples in a row since it is no longer held; null when it never was, or was told since. */
  released: number | null;
  acknowledged: Acknowledgement | null;
  /** The end of the silence that lies over it; ISO 8601. */
  silencedUntil: string | null;
  /** Nobody has seen it lately: it may be over, and is not taken to be. */
  stale: boolean;
}

export interface Acknowledgement {
  by: string;
  at: string;
  /** Null: until it is resolved. */
  until: string | null;
  untilTick: number | null;
  note: string | null;
}

export type TransitionType =
  | 'fired'
  | 'raised'
  | 'lowered'
  | 'resolved'
  | 'reopened'
  | 'held'
  | 'released'
  | 'flapping'
  | 'settled'
  | 'told'
  | 'reminded'
  | 'acknowledged'
  | 'unacknowledged';

/** Something that happened to an alert. */
export interface Transition {
  type: TransitionType;
  key: string;
  alert: string;
  level: Level;
  /** ISO 8601 with offset. */
  at: string;
  text: string;
  value: number | null;
  /** Who did it; null: the rules. */
  by: string | null;
  note: string | null;
  /** What is told of it, if anything. */
  line: Line | null;
}

/** What happened to the watching itself: stands on timelines, and is no alert. */
export interface WatchEvent {
  type: 'blind' | 'clock-jump' | 'restarted';
  at: string;
  text: string;
  ms: number;
}

/** One line of a message. */
export interface Line {
  kind: LineKind;
  /** Null: of the watching itself. */
  alert: string | null;
  key: string | null;
  title: string;
  level: Level;
  text: string;
  value: number | null;
  since: string;
  /** When it happened. */
  at: string;
  runbook: string | null;
  command: string | null;
  /** How many others hang on it and are not told of. */
  holds: number;
}

export type LineKind =
  | 'fired'
  | 'raised'
  | 'reopened'
  | 'reminder'
  | 'flapping'
  | 'settled'
  | 'resolved'
  /** It came and went before it could be told. */
  | 'passed'
  | 'blind';
