import type { Progress } from '@om-ops/kit';
import type { Changelog, Entry, Session, SessionVerification } from '@om-ops/kit/journal';
import { ChunkWriter } from './chunks.ts';
import type { ChangelogReport, Marks, ReportSession } from './types.ts';

/** How much goes into the page; the rest stays in the files and is counted. */
export interface ReportLimits {
  /** The newest are embedded. */
  entries: number;
  /** Characters of texts in all. */
  characters: number;
  /** Characters of one text; longer ones are shortened. */
  textLength: number;
  /** Sessions without their entries are short, but a table has to hold them. */
  sessions: number;
}

export const reportLimits: ReportLimits = {
  entries: 100_000,
  characters: 12_000_000,
  textLength: 20_000,
  sessions: 5000,
};

export interface ReportData {
  data: ChangelogReport;
  /** `marks` and `texts-N`. */
  embedded: Record<string, unknown>;
}

/**
 * Gathers what the page shows: every session with what verification found, and the newest entries.
 *
 * @throws OpsError E_INTERRUPTED, E_PERMISSION
 */
export async function reportData(
  changelog: Changelog,
  progress: Progress,
  limits: ReportLimits = reportLimits,
): Promise<ReportData> {
  progress.report({ stage: 'verifying' });
  const { sessions: checks } = await changelog.verify(undefined, progress.signal);
  const checkOf = new Map(checks.map((check) => [check.path, check]));
  const all = changelog.sessions();
  const writer = new ChunkWriter(limits.textLength);
  const marks = new MarkWriter();
  const sessions: ReportSession[] = [];
  for (const session of all.slice(0, limits.sessions)) {
    progress.signal.throwIfAborted();
    progress.report({ stage: 'reading', files: sessions.length, totalFiles: all.length });
    const first = writer.count;
    const room = limits.entries - writer.count;
    if (room > 0 && writer.characters < limits.characters) {
      const entries = await newestEntries(
        changelog,
        session,
        room,
        limits.characters - writer.characters,
      );
      for (const entry of entries.reverse()) {
        writer.add(entry);
        marks.add(entry);
      }
    }
    const check = checkOf.get(session.path);
    sessions.push(reportSession(changelog, session, check, { first, shown: writer.count - first }));
  }
  const gone = checks.filter(({ problems }) => problems.some(({ kind }) => kind === 'missing'));
  sessions.push(...gone.map((check) => missingSession(check, writer.count)));
  return {
    data: {
      sessions,
      totals: {
        sessions: all.length + gone.length,
        entries: checks.reduce((sum, { entries }) => sum + entries, 0),
      },
      embedded: { entries: writer.count, shortened: writer.shortened },
      chunks: writer.starts,
      types: marks.types,
      actors: marks.actors,
      folder: changelog.folder,
    },
    embedded: { marks: marks.marks(), ...writer.chunks() },
  };
}

/** The newest entries of a session, oldest first, as many as there is room for. */
async function newestEntries(
  changelog: Changelog,
  session: Session,
  room: number,
  characters: number,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of changelog.entryBatches(session)) {
    entries.push(...batch);
    // Not at every batch: taking from the front copies what is left.
    if (entries.length > 2 * room) entries.splice(0, entries.length - room);
  }
  let first = Math.max(0, entries.length - room);
  let left = characters;
  for (let at = entries.length - 1; at >= first; at--) {
    left -= entries[at]?.content.length ?? 0;
    if (left < 0) first = at + 1;
  }
  return entries.slice(first);
}

function reportSession(
  changelog: Changelog,
  session: Session,
  check: SessionVerification | undefined,
  place: { first: number; shown: number },
): ReportSession {
  return {
    id: session.session_id,
    title: session.title,
    active: session.status === 'ACTIVE',
    scope: session.scope,
    tags: session.tags,
    summary: session.summary,
    outcome: session.outcome,
    startedAt: Date.parse(session.started_at) || 0,
    closedAt: session.closed_at === null ? null : Date.parse(session.closed_at) || null,
    entries: check?.entries ?? session.entry_count,
    ...place,
    path: session.path.slice(changelog.folder.length + 1),
    check: check?.status ?? 'unchecked',
    problems: check?.problems.slice(0, 20).map(({ message }) => message) ?? [],
  };
}

/** A session whose folder is gone: it stays in the list with what the index knew. */
function missingSession(check: SessionVerification, first: number): ReportSession {
  const day = /sessions\/(\d{4}-\d\d-\d\d)\//.exec(check.path)?.[1];
  return {
    id: check.session_id,
    title: check.title,
    active: false,
    scope: '',
    tags: [],
    summary: null,
    outcome: null,
    startedAt: day === undefined ? 0 : new Date(`${day}T00:00:00`).getTime(),
    closedAt: null,
    entries: 0,
    first,
    shown: 0,
    path: check.path,
    check: 'broken',
    problems: check.problems.map(({ message }) => message),
  };
}

/** Writes what is known of every entry in columns, which pack to a few bits each. */
class MarkWriter {
  readonly types: string[] = [];
  readonly actors: string[] = [];
  readonly #time: number[] = [];
  #before = 0;
  #type = '';
  #actor = '';
  #outcome = '';

  add(entry: Entry): void {
    const seconds = Math.floor((Date.parse(entry.timestamp) || 0) / 1000);
    this.#time.push(this.#time.length === 0 ? seconds : this.#before - seconds);
    this.#before = seconds;
    this.#type += letterOf(this.types, entry.type);
    this.#actor += letterOf(this.actors, entry.actor);
    this.#outcome += entry.outcome === 'success' ? 's' : entry.outcome === 'fail' ? 'f' : ' ';
  }

  marks(): Marks {
    return { time: this.#time, type: this.#type, actor: this.#actor, outcome: this.#outcome };
  }
}

/** Words from old or altered files may be many; beyond the alphabet they share the last letter. */
const words = 26;

function letterOf(known: string[], word: string): string {
  let at = known.indexOf(word);
  if (at < 0) at = known.length < words ? known.push(word) - 1 : words - 1;
  return String.fromCharCode(97 + at);
}
