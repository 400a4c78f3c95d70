import type { Owner } from '@om-ops/kit';

/**
 * Why a run began: at its time, after it (the tick did not come, or it was held), once more because the first was cut off,
 * because it was asked for (`maintain at`), or by hand.
 */
export type Why = 'time' | 'late' | 'again' | 'request' | 'hand';

/** `incomplete` and `unhealthy` are the exit codes 7 and 6: it did what it should. */
export type Outcome = 'done' | 'incomplete' | 'unhealthy' | 'failed' | 'interrupted';

/** A run of a task has begun. Written before its command starts, so that no period runs twice unseen. */
export interface Begun {
  state: 'begun';
  at: string;
  task: string;
  /** Null for a run that no period asked for. */
  period: string | null;
  /** When the period was due. */
  due: string | null;
  /** The folder below `runs`. */
  run: string;
  why: Why;
  /** 1, or 2 for the run after one that was cut off. */
  attempt: number;
  request: string | null;
  by: string;
  owner: Owner;
}

export interface Ended {
  state: 'ended';
  at: string;
  task: string;
  run: string;
  exit: number;
  outcome: Outcome;
  seconds: number;
}

/** A run whose process is gone and did not say how it ended. */
export interface CutOff {
  state: 'cut-off';
  at: string;
  task: string;
  run: string;
}

/** Periods that nobody ran and nobody will. */
export interface Missed {
  state: 'missed';
  at: string;
  task: string;
  from: string;
  to: string;
  count: number;
  /** When the last of them was due. */
  due: string;
  why: string;
}

/** From when on a task counts: periods due after `after`. */
export interface Since {
  state: 'since';
  at: string;
  task: string;
  cadence: string;
  after: string;
}

/** Null: everything. */
export interface Paused {
  state: 'paused';
  at: string;
  task: string | null;
  until: string;
  by: string;
}

export interface Resumed {
  state: 'resumed';
  at: string;
  task: string | null;
  by: string;
}

/** A single run that was asked for. */
export interface Planned {
  state: 'planned';
  at: string;
  id: string;
  task: string;
  due: string;
  note: string | null;
  by: string;
}

export interface Cancelled {
  state: 'cancelled';
  at: string;
  id: string;
  by: string;
}

/** A planned run that did not begin in time, and will not. */
export interface NotBegun {
  state: 'not-begun';
  at: string;
  id: string;
  task: string;
  why: string;
}

export interface Installed {
  state: 'installed';
  at: string;
  how: string;
  by: string;
  /** The guarded command lines that were confirmed. */
  guarded: string[];
}

export interface Removed {
  state: 'removed';
  at: string;
  by: string;
}

export type LedgerLine =
  | Begun
  | Ended
  | CutOff
  | Missed
  | Since
  | Paused
  | Resumed
  | Planned
  | Cancelled
  | NotBegun
  | Installed
  | Removed;
