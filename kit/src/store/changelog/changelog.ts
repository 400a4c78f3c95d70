import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, interrupted, OpsError } from '../../errors.ts';
import { isThere } from '../folders.ts';
import { readJsonLineBatches } from '../jsonl.ts';
import { acquireLock } from '../lock.ts';
import { removeFolderWhole } from '../runs.ts';
import { type Appended, appendEntry, doneAllTheSame } from './append.ts';
import { checkEntry, type Entry, entryFrom, type NewEntry } from './entry.ts';
import { type MissingSession, readIndex, writeIndex } from './index-file.ts';
import { type Layout, layoutOf } from './layout.ts';
import { endSession, type NewSession, prepareSession, type SessionEnding } from './lifecycle.ts';
import { mergeOldEntries, migrateSession, readLines } from './migration.ts';
import {
  cleanTitle,
  entriesPath,
  readSession,
  type Session,
  type SessionFile,
  writeSession,
} from './session.ts';
import {
  activeFile,
  allFiles,
  allFolders,
  claimsElsewhere,
  currentIndex,
  fileOf,
  keepPointer,
  missingSessions,
  newestActive,
  pointedFile,
  publish,
  readElsewhere,
  refreshPointer,
  removeUnfinished,
  writePointer,
} from './session-files.ts';
import { missingVerification, type SessionVerification, verifySession } from './verification.ts';

export interface Verification {
  /** False when a session is broken or missing. */
  ok: boolean;
  /** Newest first. */
  sessions: SessionVerification[];
}

/** Which sessions: those started in the last `days` × 24 hours before `now`. */
export interface Span {
  days: number;
  now?: Date;
}

export interface Prunable {
  /** CLOSED sessions that started before the span, oldest first. */
  sessions: Session[];
  /** Sessions gone without `prune` that started before it: the index forgets them. */
  missing: MissingSession[];
}

const dayMs = 24 * 3600 * 1000;

/** Every change is made under one lock, waited for up to this long. */
const patienceMs = 30_000;

/** The work sessions under STATE/changelog. Opening reads and makes nothing. */
export function openChangelog(stateDir: string): Changelog {
  return new Changelog(layoutOf(stateDir));
}

/**
 * @see openChangelog
 *
 * Every method throws OpsError E_PERMISSION, E_DISK_FULL, E_READ_ONLY, E_LOCKED or E_IO besides those it names.
 */
export class Changelog {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** STATE/changelog. */
  get folder(): string {
    return this.#layout.folder;
  }

  /** Where the report belongs. */
  get reportPath(): string {
    return this.#layout.report;
  }

  /**
   * Starts a session, closing the active one first. `closed` are those that were.
   *
   * @throws OpsError E_BAD_TITLE (exit `usage`)
   */
  async startSession(options: NewSession): Promise<{ session: Session; closed: Session[] }> {
    const title = cleanTitle(options.title);
    return this.#locked(async () => {
      removeUnfinished(this.#layout);
      keepPointer(this.#layout);
      // All that needs room comes before the active session is closed.
      const started = prepareSession(this.#layout, { ...options, title });
      const closed: SessionFile[] = [];
      try {
        for (const file of allFiles(this.#layout))
          if (file.session.status === 'ACTIVE') closed.push(await endSession(file, {}));
        started.begin();
      } catch (error) {
        started.discard();
        if (closed.length === 0) throw error;
        const names = closed.map(({ session }) => session.session_id).join(', ');
        throw this.#yet(error, `No session was started; ${names} had been closed before.`);
      }
      try {
        publish(this.#layout, [started.file, ...closed]);
      } catch (error) {
        const { session_id } = started.file.session;
        const ended = closed.map(({ session }) => ` ${session.session_id} is closed.`).join('');
        throw this.#yet(error, `The session ${session_id} is active all the same.${ended}`);
      }
      return { session: started.file.session, closed: closed.map(({ session }) => session) };
    });
  }

  /** The session that is going on. */
  activeSession(): Session | null {
    const pointed = pointedFile(this.#layout);
    const file = pointed === undefined ? newestActive(this.#layout) : pointed;
    return file?.session ?? null;
  }

  /**
   * Appends to a session, the active one unless told. On disk when it returns.
   *
   * @throws OpsError E_NO_SESSION, E_SESSION_CLOSED, E_BAD_ENTRY (exit `usage`)
   */
  async append(entry: NewEntry, sessionId?: string): Promise<Appended> {
    checkEntry(entry);
    if (!isThere(this.#layout.folder)) throw noActiveSession();
    return this.#locked(() => {
      const file =
        sessionId === undefined ? activeFile(this.#layout) : fileOf(this.#layout, sessionId);
      if (file === null) throw noActiveSession();
      const { status, session_id, title } = file.session;
      if (status === 'ACTIVE') return this.#append(file, entry);
      throw new OpsError(
        'E_SESSION_CLOSED',
        `The session ${session_id} (${title}) is closed; nothing is added to it any more.`,
        { suggestions: ['Start a new one: om-ops changelog start --title "…"'] },
      );
    });
  }

  /** `append` for what is recorded by itself: null, and quickly, when no session is active. */
  async appendIfActive(entry: NewEntry): Promise<Appended | null> {
    checkEntry(entry);
    if (pointedFile(this.#layout) === null) return null;
    return this.#locked(() => {
      const file = activeFile(this.#layout);
      return file === null ? null : this.#append(file, entry);
    });
  }

  /** Closes the active session. @throws OpsError E_NO_SESSION */
  async closeSession(ending: SessionEnding = {}): Promise<Session> {
    if (!isThere(this.#layout.folder)) throw noActiveSession();
    return this.#locked(async () => {
      const file = activeFile(this.#layout);
      if (file === null) throw noActiveSession();
      const ended = await endSession(file, ending);
      try {
        writePointer(this.#layout, null);
        publish(this.#layout, [ended]);
      } catch (error) {
        throw this.#yet(error, `The session ${ended.session.session_id} is closed all the same.`);
      }
      return ended.session;
    });
  }

  /** Sessions, newest first: all of them, or those of a span. */
  sessions(span?: Span): Session[] {
    const since = span === undefined ? undefined : startOf(span);
    return allFiles(this.#layout, since)
      .map(({ session }) => session)
      .filter(({ started_at }) => since === undefined || !isBefore(started_at, since))
      .sort(byStart)
      .reverse();
  }

  /** A session by its id or the beginning of it. @throws OpsError E_NO_SESSION, E_AMBIGUOUS (exit `usage`) */
  session(id: string): Session {
    return fileOf(this.#layout, id).session;
  }

  /** The entries of a session, oldest first. Lines that cannot be parsed are left out: `verify` names them. */
  async *entries(id: string): AsyncGenerator<Entry> {
    for await (const batch of this.entryBatches(this.session(id))) yield* batch;
  }

  /** `entries` by some hundred at a time, which is quicker. */
  async *entryBatches(session: Session): AsyncGenerator<Entry[]> {
    const path = entriesPath(session.path);
    const { oldEntries } = readSession(session.path);
    if (oldEntries !== null) {
      const lines = readLines(path);
      const merged = mergeOldEntries(oldEntries, lines).lines ?? lines;
      yield merged.flatMap(parsedEntry);
      return;
    }
    for await (const batch of readJsonLineBatches(path)) {
      yield batch.flatMap((line) => (line.problem === undefined ? [entryFrom(line.value)] : []));
    }
  }

  /**
   * Checks that no entry was altered, removed, added or reordered: in all sessions, or in one.
   * What that proves and what it cannot is told in docs/changelog.md.
   */
  async verify(id?: string, signal?: AbortSignal): Promise<Verification> {
    // Before the sessions: what is appended meanwhile is then newer, which is no problem.
    const elsewhere = readElsewhere(this.#layout);
    const folders = id === undefined ? allFolders(this.#layout) : [fileOf(this.#layout, id).folder];
    const sessions: SessionVerification[] = [];
    for (const folder of folders) {
      if (signal?.aborted) throw interrupted();
      const claims = claimsElsewhere(this.#layout, folder, elsewhere);
      sessions.push(await verifySession(folder, claims));
    }
    if (id === undefined)
      sessions.push(...missingSessions(this.#layout, elsewhere).map(missingVerification));
    return { ok: sessions.every(({ status }) => status !== 'broken'), sessions };
  }

  /**
   * Makes index.json and active_session.json say what the sessions say, and moves the entries of old
   * sessions from session.json to entries.jsonl. What is right is not written again.
   */
  async rebuildIndex(): Promise<{ changed: boolean; migrated: string[] }> {
    if (!isThere(this.#layout.folder)) return { changed: false, migrated: [] };
    return this.#locked(() => {
      removeUnfinished(this.#layout);
      const files = allFiles(this.#layout);
      const migrated = files.filter(({ oldEntries }) => oldEntries !== null);
      for (const file of migrated) migrateSession(file);
      for (const file of files) {
        if (file.oldEntries === null && file.meta !== 'current' && !file.isGuessed)
          writeSession(file);
      }
      activeFile(this.#layout);
      const index = currentIndex(this.#layout);
      const changed = JSON.stringify(readIndex(this.#layout)) !== JSON.stringify(index);
      if (changed) writeIndex(this.#layout, index);
      return { changed, migrated: migrated.map(({ session }) => session.session_id) };
    });
  }

  /** What `prune` would remove. */
  prunable(span: Span): Prunable {
    const since = startOf(span);
    return {
      sessions: this.sessions()
        .filter(({ status, started_at }) => status === 'CLOSED' && isBefore(started_at, since))
        .toReversed(),
      missing: missingSessions(this.#layout, readElsewhere(this.#layout)).filter(({ started_at }) =>
        isBefore(started_at, since),
      ),
    };
  }

  /** Removes the CLOSED sessions that started before the span. Returns what it removed. */
  async prune(span: Span): Promise<Prunable> {
    if (!isThere(this.#layout.folder)) return { sessions: [], missing: [] };
    return this.#locked(() => {
      // A pointer that a killed process left must not miss a session that is pruned.
      activeFile(this.#layout);
      const doomed = this.prunable(span);
      const gone = new Set([...doomed.sessions, ...doomed.missing].map((row) => row.session_id));
      const { sessions, missing } = currentIndex(this.#layout);
      // The index first: a session without a row comes back, a row without a session is an alarm.
      writeIndex(this.#layout, {
        sessions: sessions.filter(({ session_id }) => !gone.has(session_id)),
        missing: missing.filter(({ session_id }) => !gone.has(session_id)),
      });
      for (const { path } of doomed.sessions) {
        removeFolderWhole(path);
        removeEmptyDay(dirname(path));
      }
      return doomed;
    });
  }

  async #append(file: SessionFile, entry: NewEntry): Promise<Appended> {
    const { appended, file: grown } = await appendEntry(file, entry);
    refreshPointer(this.#layout, grown);
    return appended;
  }

  async #locked<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const options = { waitMs: patienceMs, command: 'changelog' };
    const lock = await acquireLock(this.#layout.folder, '.changelog', options);
    try {
      return await work();
    } catch (error) {
      throw fromSystemError(error, 'write the changelog in', this.#layout.folder);
    } finally {
      try {
        lock.release();
      } catch {
        // What was done is done; the lock of an ended process is taken over.
      }
    }
  }

  #yet(error: unknown, what: string): OpsError {
    return doneAllTheSame(error, 'write the changelog in', this.#layout.folder, what);
  }
}

function parsedEntry(line: string): Entry[] {
  try {
    return [entryFrom(JSON.parse(line))];
  } catch {
    return [];
  }
}

function startOf({ days, now = new Date() }: Span): Date {
  return new Date(now.getTime() - days * dayMs);
}

/** False for a time that cannot be read: such a session is shown, and never pruned. */
function isBefore(time: string, since: Date): boolean {
  return Date.parse(time) < since.getTime();
}

function byStart(one: Session, other: Session): number {
  return (Date.parse(one.started_at) || 0) - (Date.parse(other.started_at) || 0);
}

function removeEmptyDay(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or another process was quicker: either way there is nothing to do.
  }
}

/** What commands that need the active session say without one. */
export function noActiveSession(): OpsError {
  return new OpsError('E_NO_SESSION', 'No changelog session is active.', {
    suggestions: ['Start one: om-ops changelog start --title "…"'],
  });
}
