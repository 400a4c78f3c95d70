import { beginOf, dayAfter, dayOf } from './days.ts';
import type { Known } from './known.ts';
import type { Counts, WeekDay } from './motivation.ts';
import { type RecordedSession, writtenOn } from './record.ts';

export const shownDays = 16 * 7;

/** Of what happened in a session on a day. */
export interface SessionDay {
  session: RecordedSession;
  /** Milliseconds, within the day. */
  from: number;
  to: number;
  /** It went on at the end of the day, or goes on now. */
  isOpen: boolean;
}

/** The sessions that somebody was at on a day. One that only stood open is none of them. */
export function sessionsOn(
  day: string,
  { sessions, now }: Pick<Known, 'sessions' | 'now'>,
): SessionDay[] {
  const begin = beginOf(day).getTime();
  const end = Math.min(beginOf(dayAfter(day)).getTime(), now.getTime());
  return sessions.flatMap((session) => {
    const { startedAt, closedAt, isActive } = session;
    const written = writtenOn(session, day);
    const isWithin = (at: number | null) => at !== null && at >= begin && at <= end;
    if (!isWithin(startedAt) && !isWithin(closedAt) && written.length === 0) return [];
    const isOpen = closedAt === null || closedAt > end;
    // One that stays open overnight was not worked at all night: its last entry ends it.
    const last = written.at(-1)?.at ?? Math.max(begin, startedAt);
    const to = isOpen ? (isActive && end === now.getTime() ? end : last) : closedAt;
    const from = isWithin(startedAt) ? startedAt : (written[0]?.at ?? to);
    return [{ session, from, to: Math.max(from, to), isOpen }];
  });
}

export function countsOf(day: string, known: Known): Counts {
  const { milestones, backups, operations } = known;
  const sessions = sessionsOn(day, known);
  const closed = sessions.filter(({ session: { closedAt } }) => isOn(closedAt, day));
  const made = backups.filter(({ at }) => dayOf(at) === day);
  const did = operations.filter(({ time }) => dayOf(time) === day);
  return {
    sessions: sessions.length,
    succeeded: closed.filter(({ session }) => session.outcome === 'success').length,
    failed: closed.filter(({ session }) => session.outcome === 'fail').length,
    open: sessions.filter(({ isOpen }) => isOpen).length,
    entries: entriesOn(day, known),
    minutes: Math.round(lengthOf(sessions) / 60_000),
    milestones: milestones.filter(({ completedAt }) => dayOf(completedAt) === day).length,
    operations: did.length,
    operationsFailed: did.filter(({ exit }) => exit === 1 || exit === 5 || exit === 6).length,
    backups: made.filter(({ state }) => state !== 'failed').length,
    backupsVerified: made.filter(({ state }) => state === 'verified').length,
    backupsFailed: made.filter(({ state }) => state === 'failed').length,
  };
}

/** Of two sessions at once the time counts once. */
function lengthOf(sessions: readonly SessionDay[]): number {
  let length = 0;
  let counted = 0;
  for (const { from, to } of sessions.toSorted((one, other) => one.from - other.from)) {
    length += Math.max(0, to - Math.max(from, counted));
    counted = Math.max(counted, to);
  }
  return length;
}

export function isOn(at: number | null, day: string): boolean {
  return at !== null && at >= beginOf(day).getTime() && at < beginOf(dayAfter(day)).getTime();
}

function entriesOn(day: string, { sessions }: Pick<Known, 'sessions'>): number {
  return sessions.reduce((sum, session) => sum + writtenOn(session, day).length, 0);
}

/** What is enough of them to say what is usual. */
const enoughDays = 5;

/** The median of each figure, of the days with work in the sixteen weeks before. */
export function usualOf(known: Known): Counts | null {
  const days = Array.from({ length: shownDays }, (_, at) => dayAfter(known.date, -1 - at));
  const worked = days.map((day) => countsOf(day, known)).filter(({ sessions }) => sessions > 0);
  if (worked.length < enoughDays) return null;
  const median = (figure: keyof Counts): number => {
    const values = worked.map((counts) => counts[figure]).sort((one, other) => one - other);
    return values[Math.floor((values.length - 1) / 2)] ?? 0;
  };
  const figures = Object.keys(worked[0] ?? {}) as (keyof Counts)[];
  return Object.fromEntries(figures.map((figure) => [figure, median(figure)])) as unknown as Counts;
}

/** What was finished on each day: milestones reached, and sessions closed that did not fail. */
export function finishedByDay({
  sessions,
  milestones,
}: Pick<Known, 'sessions' | 'milestones'>): Map<string, number> {
  const finished = new Map<string, number>();
  const days = [
    ...milestones.map(({ completedAt }) => dayOf(completedAt)),
    ...sessions
      .filter(({ outcome }) => outcome !== 'fail')
      .map(({ closedAt }) => (closedAt === null ? null : dayOf(new Date(closedAt).toISOString()))),
  ];
  for (const day of days) if (day !== null) finished.set(day, (finished.get(day) ?? 0) + 1);
  return finished;
}

/** Sixteen weeks from a Monday on; the last is that of the day. */
export function weeksOf(known: Known, monday: string): WeekDay[] {
  const finished = finishedByDay(known);
  const first = dayAfter(monday, 7 - shownDays);
  const days = Array.from({ length: shownDays }, (_, at) => dayAfter(first, at));
  const all = days.map((day) => ({
    day,
    entries: entriesOn(day, known),
    sessions: sessionsOn(day, known).length,
    finished: finished.get(day) ?? 0,
  }));
  // An empty session is work too, and a finished one more than an entry.
  const weight = (day: (typeof all)[number]) => day.entries + 2 * day.sessions + 3 * day.finished;
  const weights = all
    .map(weight)
    .filter((each) => each > 0)
    .sort((one, other) => one - other);
  return all.map((day) => ({
    ...day,
    level: day.day > known.date ? null : levelOf(weight(day), weights),
  }));
}

/** By the quarters of the days on which there was something. */
function levelOf(weight: number, weights: readonly number[]): 0 | 1 | 2 | 3 | 4 {
  if (weight === 0) return 0;
  const below = weights.filter((each) => each < weight).length;
  return (1 + Math.min(3, Math.floor((4 * below) / weights.length))) as 1 | 2 | 3 | 4;
}
