import { dayStamp } from '@om-ops/kit';
import { openChangelog, type Session } from '@om-ops/kit/journal';
import type { WorkDay, WorkSession } from './types.ts';

function sessionOf(session: Session): WorkSession {
  const { session_id: id, title, status, scope, outcome, entry_count: entries } = session;
  return {
    id,
    title,
    status,
    scope,
    entries,
    ...(outcome === 'success' || outcome === 'fail' ? { outcome } : {}),
  };
}

/** The work sessions of the last days, by day, newest first. */
export function workDays(state: string, days: number): WorkDay[] {
  const byDay = new Map<string, WorkDay>();
  for (const session of openChangelog(state).sessions({ days })) {
    const date = dayStamp(new Date(session.started_at));
    const day = byDay.get(date) ?? { date, sessions: [], entries: 0 };
    day.sessions.push(sessionOf(session));
    day.entries += session.entry_count;
    byDay.set(date, day);
  }
  return [...byDay.values()].sort((a, b) => (a.date < b.date ? 1 : -1));
}
