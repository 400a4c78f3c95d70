import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OpsError } from '../../errors.ts';
import { writeFileAtomicSync } from '../atomic.ts';
import { removeLeftovers } from '../temporary.ts';
import { dayStamp, isoWithOffset } from '../time.ts';
import {
  type Index,
  indexRow,
  type MissingSession,
  readIndex,
  sortIndex,
  writeIndex,
} from './index-file.ts';
import { dayFolders, type Layout, sessionFolders } from './layout.ts';
import { readRecord, readSession, type Session, type SessionFile, sessionIdOf } from './session.ts';

const dayMs = 24 * 3600 * 1000;

/** Every session folder, newest first; those of days before `since` are left out. */
export function allFolders(layout: Layout, since?: Date): string[] {
  // A day earlier than asked for: the site may have changed its time zone.
  const first = since === undefined ? '' : dayStamp(new Date(since.getTime() - dayMs));
  return dayFolders(layout)
    .filter((day) => day >= first)
    .flatMap((day) => sessionFolders(layout, day));
}

export function allFiles(layout: Layout, since?: Date): SessionFile[] {
  return allFolders(layout, since).map(readSession);
}

/** @throws OpsError E_NO_SESSION, E_AMBIGUOUS (exit `usage`) */
export function fileOf(layout: Layout, id: string): SessionFile {
  const found = id === '' ? [] : allFolders(layout).filter((folder) => idIn(folder).startsWith(id));
  const exact = found.find((folder) => idIn(folder) === id);
  if (exact !== undefined) return readSession(exact);
  const [only, other] = found;
  if (only === undefined) {
    throw new OpsError('E_NO_SESSION', `There is no session ${id} in ${layout.sessions}.`, {
      exit: 'usage',
      suggestions: ['See which there are: om-ops changelog list'],
    });
  }
  if (other !== undefined) {
    throw new OpsError('E_AMBIGUOUS', `${found.length} sessions begin with ${id}.`, {
      exit: 'usage',
      suggestions: [`Give more of it, one of: ${found.slice(0, 8).map(idIn).join(', ')}`],
    });
  }
  return readSession(only);
}

/** Removes what killed processes left unfinished. The caller holds the lock. */
export function removeUnfinished(layout: Layout): void {
  removeLeftovers(layout.folder);
  for (const day of dayFolders(layout)) {
    removeLeftovers(join(layout.sessions, day));
    for (const folder of sessionFolders(layout, day)) removeLeftovers(folder);
  }
}

/** Eight hexadecimal digits that no session has. */
export function newSessionId(layout: Layout): string {
  const taken = new Set(allFolders(layout).map(idIn));
  for (;;) {
    const id = randomBytes(4).toString('hex');
    if (!taken.has(id)) return id;
  }
}

function idIn(folder: string): string {
  return sessionIdOf(basename(folder)) ?? '';
}

/** The session active_session.json points to; null when it says there is none, undefined when it is no use. */
export function pointedFile(layout: Layout): SessionFile | null | undefined {
  const pointer = readRecord(layout.active);
  if (pointer === undefined) return existsSync(layout.sessions) ? undefined : null;
  const { session_id: id, path } = pointer;
  if (id === null) return null;
  if (typeof id !== 'string' || typeof path !== 'string') return undefined;
  const folder = allowedFolder(layout, path);
  if (folder === undefined || idIn(folder) !== id || !existsSync(folder)) return undefined;
  const file = readSession(folder);
  return file.session.status === 'ACTIVE' ? file : undefined;
}

/** A pointer must not lead out of the changelog. */
function allowedFolder(layout: Layout, path: string): string | undefined {
  const folder = join(layout.folder, path);
  return folder.startsWith(`${layout.sessions}/`) ? folder : undefined;
}

export function newestActive(layout: Layout): SessionFile | null {
  return allFiles(layout).find(({ session }) => session.status === 'ACTIVE') ?? null;
}

/** The active session; heals the pointer. The caller holds the changelog's lock. */
export function activeFile(layout: Layout): SessionFile | null {
  const pointed = pointedFile(layout);
  if (pointed !== undefined) return pointed;
  const file = newestActive(layout);
  writePointer(layout, file?.session ?? null);
  return file;
}

export function writePointer(layout: Layout, session: Session | null): void {
  const { session_id, title, started_at, path } =
    session === null
      ? { session_id: null, title: null, started_at: null, path: null }
      : indexRow(layout, session);
  const text = JSON.stringify({ session_id, title, started_at, path }, null, 2);
  writeFileAtomicSync(layout.active, `${text}\n`);
}

/** Sessions that the index knows, or knew to be gone, and whose folder is not there. */
export function missingSessions(layout: Layout, index: Index | null): MissingSession[] {
  if (index === null) return [];
  const noticed_at = isoWithOffset(new Date());
  const rows = index.sessions.map(({ session_id, title, started_at, entry_count, path }) => ({
    session_id,
    title,
    started_at,
    entry_count,
    path,
    noticed_at,
  }));
  return [...index.missing, ...rows].filter(({ path }) => !existsSync(join(layout.folder, path)));
}

/** What index.json has to say. */
export function currentIndex(layout: Layout): Index {
  return sortIndex({
    sessions: allFiles(layout).map(({ session }) => indexRow(layout, session)),
    missing: missingSessions(layout, readIndex(layout)),
  });
}

/** Puts sessions into index.json, or makes it anew when it is no use. The caller holds the lock. */
export function publish(layout: Layout, sessions: readonly Session[]): void {
  const index = readIndex(layout);
  if (index === null) {
    writeIndex(layout, currentIndex(layout));
    return;
  }
  const ids = new Set(sessions.map(({ session_id }) => session_id));
  const others = index.sessions.filter(({ session_id }) => !ids.has(session_id));
  const rows = sessions.map((session) => indexRow(layout, session));
  writeIndex(layout, sortIndex({ sessions: [...rows, ...others], missing: index.missing }));
}
