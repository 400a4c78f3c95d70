import { ticks } from 'd3-array';
import type { Clock } from '../clock.ts';

/** From values to pixels. */
export type Scale = (value: number) => number;

export function linear(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

export interface Domain {
  low: number;
  high: number;
  ticks: number[];
  /** False when the axis had to leave zero out for the changes to be seen. */
  fromZero: boolean;
}

/**
 * The value axis: from zero, unless all values lie so close together that a line would show
 * nothing.
 */
export function valueDomain(values: readonly number[], whole = false, count = 4): Domain {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const fromZero = values.length === 0 || low <= 0 || high - low > high * 0.2 || high === low;
  const below = fromZero ? Math.min(0, low) : low - (high - low) * 0.15;
  // Of things that are counted there are no halves.
  const bottom = whole ? Math.floor(below) : below;
  const top = high <= 0 || values.length === 0 ? 1 : high;
  const made = ticks(bottom, top, whole ? Math.min(count, Math.ceil(top - bottom)) : count);
  const step = (made[1] ?? 1) - (made[0] ?? 0);
  const first = made[0] ?? 0;
  const last = made.at(-1) ?? 1;
  if (first > bottom) made.unshift(first - step);
  if (last < top) made.push(last + step);
  return { low: made[0] ?? 0, high: made.at(-1) ?? 1, ticks: made, fromZero };
}

export interface TimeTick {
  at: number;
  label: string;
}

const minute = 60_000;
const day = 1440 * minute;
const minuteStep = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720] as const;
const dayStep = [1, 2, 4, 7, 14] as const;
const monthStep = [1, 2, 3, 6, 12, 24, 60] as const;

/** At most `count` round moments between two, at midnight or on the first of a month of the site's zone. */
export function timeTicks(from: number, to: number, count: number, clock: Clock): TimeTick[] {
  const span = to - from;
  if (span <= 0 || count < 1) return [{ at: from, label: clock.dateTime(from) }];
  // One tick gives no sense of distance: rather a finer step than asked for.
  for (const more of [1, 2, 4]) {
    const made = ticksApart(from, to, span / (count * more), clock);
    if (made.length > 1) return made.length > count * 1.5 ? everyOther(made) : made;
  }
  return [from, to].map((at) => ({ at, label: clock.dateTime(at) }));
}

function everyOther(made: TimeTick[]): TimeTick[] {
  return made.filter((_, at) => at % 2 === 0);
}

function ticksApart(from: number, to: number, room: number, clock: Clock): TimeTick[] {
  if (room < day / 2) return minuteTicks(from, to, room, clock);
  const days = dayStep.find((step) => step * day >= room);
  return days === undefined ? monthTicks(from, to, room, clock) : dayTicks(from, to, days, clock);
}

function minuteTicks(from: number, to: number, room: number, clock: Clock): TimeTick[] {
  const step = (minuteStep.find((minutes) => minutes * minute >= room) ?? 720) * minute;
  const start = clock.startOfDay(clock.day(from));
  const first = start + Math.ceil((from - start) / step) * step;
  const made: TimeTick[] = [];
  for (let at = first; at <= to; at += step) {
    const midnight = clock.time(at) === '00:00';
    made.push({ at, label: midnight ? clock.dayMonth(at) : clock.time(at) });
  }
  return made;
}

function dayTicks(from: number, to: number, step: number, clock: Clock): TimeTick[] {
  const made: TimeTick[] = [];
  // Counted from a fixed day, so that the ticks stay where they are when the range moves.
  const first = Math.floor(Date.parse(`${clock.day(from)}T00:00:00Z`) / day / step) * step;
  for (let number = first; ; number += step) {
    const at = clock.startOfDay(new Date(number * day).toISOString().slice(0, 10));
    if (at > to) return made;
    if (at >= from) made.push({ at, label: clock.dayMonth(at) });
  }
}

function monthTicks(from: number, to: number, room: number, clock: Clock): TimeTick[] {
  const step = monthStep.find((months) => months * 30 * day >= room) ?? 120;
  const [year = 1970, month = 1] = clock.day(from).split('-').map(Number);
  const made: TimeTick[] = [];
  const first = Math.floor((year * 12 + month - 1) / step) * step;
  for (let number = first; ; number += step) {
    const name = `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}-01`;
    const at = clock.startOfDay(name);
    if (at > to) return made;
    if (at >= from) made.push({ at, label: clock.date(at).replace(/^1 /, '') });
  }
}
