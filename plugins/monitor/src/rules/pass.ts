import type { State } from '@om-ops/kit';

/** What the rules want of a pass. */
export interface JudgedPass {
  /** When it ended; ISO 8601 with offset. Only shown: durations come of the {@link Clock}. */
  at: string;
  /** How long until the next is promised; null: it promises nothing, and what was promised before holds. */
  everyMs: number | null;
  /** False: some checks were chosen, and what is not in `checks` was not looked at. Default true. */
  whole?: boolean;
  checks: readonly JudgedCheck[];
}

export interface JudgedCheck {
  /** What alerts are kept by, the same for ever: `disk:/`. */
  id: string;
  title: string;
  kind: CheckKind;
  level: State;
  /** The number it is judged by. */
  value: number | null;
  unit: string | null;
  /** One sentence, with the number. */
  text: string;
  /** What `value` is measured against; what is bad for other reasons says so in `level` alone. */
  thresholds: Thresholds | null;
  /** It was not due, and this is what was found before: no sample. */
  stale: boolean;
  /** How many bad samples in a row are told of; null: by its kind. */
  samples: number | null;
  /** The ids of what it hangs on. */
  after: readonly string[];
  runbook: string | null;
  command: string | null;
}

export type CheckKind = 'gauge' | 'service' | 'age' | 'event';

export interface Thresholds {
  warning: number | null;
  critical: number | null;
  when: 'above' | 'below';
}

/** When a pass was, for people and for arithmetic. */
export interface Clock {
  /** Wall time, in ms since 1970. */
  wallMs: number;
  /** Of this start of the machine: no clock that is set moves it. */
  monotonicMs: number;
  bootId: string;
  uptimeMs: number;
}

export type Level = 'warning' | 'critical';

/** The worse the more: 0 for none. */
export function rankOf(level: Level | null): number {
  return level === null ? 0 : level === 'warning' ? 1 : 2;
}

/** More than so many intervals without a pass is a gap. */
export const gapIntervals = 2.5;
