import { dayStamp, openChangelog, type Session } from '@om-ops/kit';
import type { WorkDay, WorkSession } from './types.ts';

/** Where the changelog's page lies, seen from the analysis page. */
export const changelogLink = '../changelog/report.html';

function sessionOf(session: Session, page: string | undefined): WorkSession {
  const { session_id: id, title, status, scope, outcome, entry_count: entries } = session;
  return {
    id,
    title,
    status,
    scope,
    entries,
    ...(outcome === 'success' || outcome === 'fail' ? { outcome } : {}),
    ...(page === undefined
      ? {}
      : { link: `${page}#tab=timeline&session=${encodeURIComponent(id)}` }),
  };
}

/**
 * The work sessions of the last days, by day, newest first.
 *
 * @param page where the changelog's page lies; undefined when there is none: then nothing is linked.
 */
export function workDays(state: string, days: number, page: string | undefined): WorkDay[] {
  const byDay = new Map<string, WorkDay>();
  for (const session of openChangelog(state).sessions({ days })) {
    const date = dayStamp(new Date(session.started_at));
    const day = byDay.get(date) ?? { date, sessions: [], entries: 0 };
    day.sessions.push(sessionOf(session, page));
    day.entries += session.entry_count;
    byDay.set(date, day);
  }
  return [...byDay.values()].sort((a, b) => (a.date < b.date ? 1 : -1));
}
