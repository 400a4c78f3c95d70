import type { KeyState } from './alert.ts';
import { type CheckKind, type JudgedCheck, type Level, rankOf } from './pass.ts';

/** How many bad samples in a row are told of. */
const byKind: Readonly<Record<CheckKind, number>> = { gauge: 4, service: 3, age: 1, event: 1 };
/** How long it has to be well before it counts as over, beside the samples. */
const wellForMs = 2 * 60_000;
/** Passes without a sample after which those before it are in no row with those after it. */
const missedRow = 3;

export function samplesOf({ kind, samples }: Pick<JudgedCheck, 'kind' | 'samples'>): number {
  return samples ?? byKind[kind];
}

/** What a check says of itself; undefined: nothing that could be counted. */
export function levelOf({ level }: Pick<JudgedCheck, 'level'>): Level | null | undefined {
  if (level === 'unknown') return undefined;
  return level === 'warning' || level === 'critical' ? level : null;
}

/**
 * How far beyond a threshold a value has to come back: five points of a percentage, of anything else a tenth
 * of the threshold, and never more than that tenth.
 */
export function hysteresis(threshold: number, unit: string | null): number {
  const tenth = Math.abs(threshold) / 10;
  return unit === 'percent' ? Math.min(5, tenth) : tenth;
}

/** Whether a sample says that `level` is left, and not only just. */
function isWellBelow(check: JudgedCheck, level: Level): boolean {
  const now = levelOf(check);
  if (now === undefined || rankOf(now) >= rankOf(level)) return false;
  const { value, thresholds, unit } = check;
  const threshold = thresholds?.[level] ?? null;
  if (value === null || threshold === null) return true;
  // What is beyond it and well all the same is so for another reason: 90 % of a disk with 400 GB free.
  const short = thresholds?.when === 'below' ? value - threshold : threshold - value;
  return short < 0 || short >= hysteresis(threshold, unit);
}

/** The rows of samples, with this one. */
export function counted(
  before: Pick<KeyState, 'bad' | 'good'>,
  check: JudgedCheck,
  tick: number,
): Pick<KeyState, 'bad' | 'good' | 'missed'> {
  const now = rankOf(levelOf(check) ?? null);
  const bad = (level: Level) => (now >= rankOf(level) ? before.bad[level] + 1 : 0);
  const good = (level: Level) => {
    if (!isWellBelow(check, level)) return null;
    const row = before.good[level] ?? { count: 0, since: tick };
    return { ...row, count: row.count + 1 };
  };
  return {
    bad: { warning: bad('warning'), critical: bad('critical') },
    good: { warning: good('warning'), critical: good('critical') },
    missed: 0,
  };
}

const noneBad = { warning: 0, critical: 0 } as const;
const noneGood = { warning: null, critical: null } as const;
export const noRows = { bad: noneBad, good: noneGood } as const;

/** The rows after a pass that did not see it: no data resolves nothing, and after a while it is no row. */
export function missed(before: KeyState): Pick<KeyState, 'bad' | 'good' | 'missed'> {
  const passes = before.missed + 1;
  return { bad: passes < missedRow ? before.bad : noneBad, good: noneGood, missed: passes };
}

export function isStale({ missed }: Pick<KeyState, 'missed'>): boolean {
  return missed >= missedRow;
}

/** The level that so many bad samples in a row raise; null: not yet any. */
export function raisedLevel({ bad }: Pick<KeyState, 'bad'>, samples: number): Level | null {
  if (bad.critical >= samples) return 'critical';
  return bad.warning >= samples ? 'warning' : null;
}

/** Whether `level` has been left for long enough. */
export function hasLeft(
  { good }: Pick<KeyState, 'good'>,
  level: Level,
  samples: number,
  tick: number,
): boolean {
  const row = good[level];
  return row !== null && row.count >= 2 * samples && tick - row.since >= wellForMs;
}
