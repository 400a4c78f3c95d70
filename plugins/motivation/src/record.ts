import type { Changelog, Entry, Session } from '@om-ops/kit/journal';
import { dayOf } from './days.ts';

/** A session with what is asked of its entries. Moments are milliseconds. */
export interface RecordedSession {
  id: string;
  title: string;
  summary: string | null;
  outcome: 'success' | 'fail' | null;
  isActive: boolean;
  startedAt: number;
  /** Null for the active one. */
  closedAt: number | null;
  /** By day, oldest first. */
  days: ReadonlyMap<string, RecordedEntry[]>;
  /** How many were written by somebody. */
  entryCount: number;
  /** Its record, below STATE. */
  ref: string;
}

export interface RecordedEntry {
  at: number;
  day: string;
  /** Written by om-ops itself, and so nobody's work. */
  isOwn: boolean;
  type: string;
  outcome: 'success' | 'fail' | null;
  /** Its beginning, as it was written: secrets are not taken out of it yet. */
  text: string;
}

/** How much of an entry's text may be told. */
const longestText = 300;

/** The sessions that began since then, oldest first, and the active one. */
export async function recordedSessions(
  changelog: Changelog,
  since: Date,
  options: { redact(text: string): string; signal: AbortSignal },
): Promise<RecordedSession[]> {
  const wanted = changelog
    .sessions()
    .filter(
      ({ started_at, closed_at, status }) =>
        status === 'ACTIVE' ||
        Date.parse(started_at) >= since.getTime() ||
        Date.parse(closed_at ?? '') >= since.getTime(),
    );
  const all: RecordedSession[] = [];
  for (const session of wanted) {
    options.signal.throwIfAborted();
    const recorded = await recordedSession(changelog, session, options.redact);
    if (recorded !== undefined) all.push(recorded);
  }
  return all.sort((one, other) => one.startedAt - other.startedAt);
}

async function recordedSession(
  changelog: Changelog,
  session: Session,
  redact: (text: string) => string,
): Promise<RecordedSession | undefined> {
  const { session_id: id, title, summary, outcome, status, started_at, closed_at } = session;
  const startedAt = Date.parse(started_at);
  if (Number.isNaN(startedAt)) return undefined;
  const entries: RecordedEntry[] = [];
  for await (const batch of changelog.entryBatches(session))
    for (const entry of batch) entries.push(...recordedEntry(entry));
  const closed = Date.parse(closed_at ?? '');
  // The original tool closed some without saying when.
  const end = Number.isNaN(closed) ? (entries.at(-1)?.at ?? startedAt) : closed;
  return {
    id,
    title: redact(title),
    summary: summary === null || summary.trim() === '' ? null : redact(summary.trim()),
    outcome: outcomeOf(outcome),
    isActive: status === 'ACTIVE',
    startedAt,
    closedAt: status === 'ACTIVE' ? null : end,
    days: Map.groupBy(entries, ({ day }) => day),
    entryCount: entries.filter(({ isOwn }) => !isOwn).length,
    ref: `changelog/report.html#${new URLSearchParams({ tab: 'timeline', session: id })}`,
  };
}

function recordedEntry(entry: Entry): RecordedEntry[] {
  const { timestamp, actor, type, outcome, content } = entry;
  const day = dayOf(timestamp);
  if (day === null) return [];
  return [
    {
      at: Date.parse(timestamp),
      day,
      isOwn: actor === 'system' && type === 'command',
      type,
      outcome: outcomeOf(outcome),
      text: content.slice(0, longestText),
    },
  ];
}

function outcomeOf(text: string | null): 'success' | 'fail' | null {
  return text === 'success' || text === 'fail' ? text : null;
}

/** What somebody wrote into it that day. */
export function writtenOn({ days }: RecordedSession, day: string): RecordedEntry[] {
  return (days.get(day) ?? []).filter(({ isOwn }) => !isOwn);
}
