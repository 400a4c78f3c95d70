import type { Clock } from '@om-ops/kit/page';
import type { ChangelogReport, Marks, ReportSession } from '../types.ts';

/** What is known of the embedded entries, newest first, in columns. */
export interface Entries {
  count: number;
  /** Milliseconds. */
  time: Float64Array;
  /** Places in `report.types` and `report.actors`. */
  type: Uint8Array;
  actor: Uint8Array;
  outcome: string;
  /** Place of its session in `report.sessions`. */
  session: Uint32Array;
}

export function readEntries(report: ChangelogReport, marks: Marks): Entries {
  const count = marks.time.length;
  const time = new Float64Array(count);
  let seconds = 0;
  for (let at = 0; at < count; at++) {
    const mark = marks.time[at] ?? 0;
    seconds = at === 0 ? mark : seconds - mark;
    time[at] = seconds * 1000;
  }
  const session = new Uint32Array(count);
  for (const [place, { first, shown }] of report.sessions.entries()) {
    session.fill(place, first, first + shown);
  }
  return {
    count,
    time,
    type: letters(marks.type),
    actor: letters(marks.actor),
    outcome: marks.outcome,
    session,
  };
}

function letters(text: string): Uint8Array {
  const places = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) places[at] = text.charCodeAt(at) - 97;
  return places;
}

/** Which chunk holds an entry's text. */
export function chunkOf(starts: readonly number[], entry: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= entry) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What sessions are asked for; '' and [] ask for all. */
export interface SessionFilter {
  from: string;
  to: string;
  status: string;
  scope: string;
  outcome: string;
  tags: readonly string[];
}

/** Milliseconds between which a filter's days lie: from the first to before the second. */
export function rangeOf(
  { from, to }: { from: string; to: string },
  clock: Clock,
): [number, number] {
  const start = from === '' ? Number.NEGATIVE_INFINITY : clock.startOfDay(from);
  return [start, to === '' ? Number.POSITIVE_INFINITY : clock.startOfDay(dayAfter(to))];
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** Whether a session is asked for, its days aside. */
export function passes(session: ReportSession, filter: SessionFilter): boolean {
  const { status, scope, outcome, tags } = filter;
  if (status !== '' && session.active !== (status === 'active')) return false;
  if (scope !== '' && session.scope !== scope) return false;
  if (outcome !== '' && outcomeOf(session) !== outcome) return false;
  return tags.length === 0 || tags.some((tag) => session.tags.includes(tag));
}

export function outcomeOf(session: ReportSession): 'success' | 'fail' | 'open' {
  return session.outcome === 'success' || session.outcome === 'fail' ? session.outcome : 'open';
}

/** How long a session went on; an active one until the page was made. */
export function lengthOf(session: ReportSession, madeAt: number): number | null {
  const end = session.closedAt ?? (session.active ? madeAt : null);
  return end === null || session.startedAt === 0 ? null : Math.max(0, end - session.startedAt);
}

/** How often each value occurs, the most frequent first. */
export function tally(values: Iterable<string>): [value: string, count: number][] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
}

/** `Follow-up`, `Note`: the words of the files as a reader expects them. */
export function typeLabel(type: string): string {
  if (type === 'followup') return 'Follow-up';
  return type.charAt(0).toUpperCase() + type.slice(1);
}
