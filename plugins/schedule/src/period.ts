import { type Cadence, type Weekday, weekdays } from '@om-ops/kit';

/** When a task is due, as numbers. */
export type Rule =
  | { kind: 'interval'; ms: number }
  | { kind: 'day' | 'week' | 'month'; hour: number; minute: number; day: number };

/** A period of a rule, and the moment in it from which its run is due. */
export interface Period {
  /** Counts the periods of one rule. */
  index: number;
  /** `2026-01-15`, `2026-W03`, `2026-01`; of an interval the UTC time it begins: `2026-01-15T10:30Z`. */
  key: string;
  due: Date;
}

export interface When {
  every: Cadence;
  at?: string | undefined;
  on?: Weekday | number | undefined;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The rule of what was written; `every` and `at` are of the form that the section of the profile asks for. */
export function ruleOf({ every, at = '00:00', on }: When): Rule {
  const interval = /^(\d+)([mh])$/.exec(every);
  if (interval !== null) {
    const [, count, unit] = interval;
    return { kind: 'interval', ms: Number(count) * (unit === 'h' ? 60 : 1) * minuteMs };
  }
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const day = typeof on === 'number' ? on : on === undefined ? 1 : weekdays.indexOf(on) + 1;
  return { kind: every as 'day' | 'week' | 'month', hour, minute, day };
}

/** The newest period whose run is due by now. */
export function newestPeriod(rule: Rule, now: Date): Period {
  if (rule.kind === 'interval') return interval(rule.ms, Math.floor(now.getTime() / rule.ms));
  let index = currentIndex(rule, now);
  while (dueOf(rule, index) > now) index--;
  return periodAt(rule, index);
}

/** The first period whose run is not due yet. */
export function nextPeriod(rule: Rule, now: Date): Period {
  return periodAt(rule, newestPeriod(rule, now).index + 1);
}

/** Whether a period is the one that now belongs to: this day, week, month. */
export function isCurrent(rule: Rule, { index }: Period, now: Date): boolean {
  return rule.kind === 'interval' || index === currentIndex(rule, now);
}

export function periodAt(rule: Rule, index: number): Period {
  if (rule.kind === 'interval') return interval(rule.ms, index);
  return { index, key: keyOf(rule.kind, index), due: dueOf(rule, index) };
}

function interval(ms: number, index: number): Period {
  const due = new Date(index * ms);
  return { index, key: due.toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z'), due };
}

type Calendar = Exclude<Rule, { kind: 'interval' }>;

/** Days since 1970, by the local date. */
function localDay(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / dayMs;
}

/** 1 January 1970 was a Thursday; weeks are counted from the Monday before. */
const firstMonday = -3;

function currentIndex({ kind }: Calendar, now: Date): number {
  if (kind === 'month') return now.getFullYear() * 12 + now.getMonth();
  const day = localDay(now);
  return kind === 'day' ? day : Math.floor((day - firstMonday) / 7);
}

function dueOf({ kind, hour, minute, day }: Calendar, index: number): Date {
  if (kind === 'month') {
    const [year, month] = [Math.floor(index / 12), index % 12];
    const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    return firstMoment(Date.UTC(year, month, Math.min(day, last), hour, minute));
  }
  const days = kind === 'day' ? index : index * 7 + firstMonday + day - 1;
  return firstMoment(days * dayMs + hour * 3_600_000 + minute * minuteMs);
}

/** Local date and time, as if it were UTC. */
function wallTime(date: Date): number {
  return Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
  );
}

/**
 * The first moment at which the local clock shows this time or a later one of the same day. A time that comes twice is
 * its first coming, one that summer time leaves out the first minute after the gap.
 */
function firstMoment(wall: number): Date {
  const asked = new Date(wall);
  let moment = new Date(
    asked.getUTCFullYear(),
    asked.getUTCMonth(),
    asked.getUTCDate(),
    asked.getUTCHours(),
    asked.getUTCMinutes(),
  ).getTime();
  while (wallTime(new Date(moment - minuteMs)) >= wall) moment -= minuteMs;
  return new Date(moment);
}

function keyOf(kind: Calendar['kind'], index: number): string {
  if (kind === 'month') return `${Math.floor(index / 12)}-${two((index % 12) + 1)}`;
  if (kind === 'day') return new Date(index * dayMs).toISOString().slice(0, 10);
  // The year of an ISO week is that of its Thursday.
  const thursday = index * 7 + firstMonday + 3;
  const year = new Date(thursday * dayMs).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1) / dayMs) / 7) + 1;
  return `${year}-W${two(week)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Between which minutes of the day something may be done. */
export interface DayWindow {
  from: number;
  to: number;
}

/** `22:00-06:00` */
export function windowOf(text: string): DayWindow {
  const [from = 0, to = 0] = text.split('-').map((part) => {
    const [hour = 0, minute = 0] = part.split(':').map(Number);
    return hour * 60 + minute;
  });
  return { from, to };
}

export function isWithin({ from, to }: DayWindow, now: Date): boolean {
  const minute = now.getHours() * 60 + now.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** When the window opens next, for one that is shut now. */
export function opensAt({ from }: DayWindow, now: Date): Date {
  const rule: Rule = { kind: 'day', hour: Math.floor(from / 60), minute: from % 60, day: 1 };
  return nextPeriod(rule, now).due;
}
