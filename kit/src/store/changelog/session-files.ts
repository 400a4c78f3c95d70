import { randomBytes } from 'node:crypto';
import { basename, join, relative } from 'node:path';
import { isOpsError, OpsError } from '../../errors.ts';
import { type AtomicOptions, writeFileAtomicSync } from '../atomic.ts';
import { isThere } from '../folders.ts';
import { removeLeftovers } from '../temporary.ts';
import { dayStamp, isoWithOffset } from '../time.ts';
import { type Claim, claimIn, contradicts } from './claims.ts';
import {
  type Expected,
  type Index,
  type IndexRow,
  indexRow,
  type MissingSession,
  readIndex,
  rowClaim,
  sortIndex,
  writeIndex,
} from './index-file.ts';
import { dayFolders, type Layout, sessionFolders } from './layout.ts';
import { readRecord, readSession, type SessionFile, sessionIdOf } from './session.ts';

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

/** What active_session.json told of the session that was active when it was written last. */
export interface Pointer extends MissingSession {
  head: string;
}

/** Null when the pointer leads nowhere, is the original tool's, or knows of no entries. */
export function readPointer(layout: Layout): Pointer | null {
  const pointer = readRecord(layout.active) ?? {};
  const claim = claimIn('active_session.json', pointer);
  const { session_id, title, started_at, path } = pointer;
  if (claim === null || typeof session_id !== 'string' || typeof path !== 'string') return null;
  if (allowedFolder(layout, path) === undefined) return null;
  return {
    session_id,
    title: typeof title === 'string' ? title : session_id,
    started_at: typeof started_at === 'string' ? started_at : '',
    entry_count: claim.entry_count,
    status: 'ACTIVE',
    path,
    head: claim.head,
    noticed_at: isoWithOffset(new Date()),
  };
}

/** What index.json and active_session.json claim of the journal in a session's folder. */
export function claimsElsewhere(
  layout: Layout,
  folder: string,
  { rows, pointer }: Elsewhere,
): Claim[] {
  const path = relative(layout.folder, folder);
  const row = rows.get(path);
  const claims = [
    row === undefined ? null : rowClaim(row),
    pointer?.path === path ? claimIn('active_session.json', { ...pointer }) : null,
  ];
  return claims.filter((claim) => claim !== null);
}

/** What is known of sessions without looking into their folders. */
export interface Elsewhere {
  index: Index | null;
  /** The rows of the index by path. */
  rows: ReadonlyMap<string, IndexRow>;
  pointer: Pointer | null;
}

export function readElsewhere(layout: Layout): Elsewhere {
  return elsewhereOf(readIndex(layout), readPointer(layout));
}

function elsewhereOf(index: Index | null, pointer: Pointer | null): Elsewhere {
  const rows = new Map((index?.sessions ?? []).map((row) => [row.path, row]));
  return { index, rows, pointer };
}

/**
 * Before active_session.json is made to say something else: puts into index.json what it knows and
 * the sessions do not, entries that are gone. The caller holds the changelog's lock.
 */
export function keepPointer(layout: Layout): void {
  const pointer = readPointer(layout);
  if (pointer === null) return;
  const folder = join(layout.folder, pointer.path);
  if (isThere(folder)) {
    const { session, head } = readSession(folder);
    const claims = claimsElsewhere(layout, folder, elsewhereOf(null, pointer));
    const known = { entry_count: session.entry_count, head };
    if (!claims.some((claim) => contradicts(known, claim))) return;
  }
  writeIndex(layout, currentIndex(layout));
}

/** The session active_session.json points to; null when it says there is none, undefined when it is no use. */
export function pointedFile(layout: Layout): SessionFile | null | undefined {
  const pointer = readRecord(layout.active);
  if (pointer === undefined) return isThere(layout.sessions) ? undefined : null;
  const { session_id: id, path } = pointer;
  if (id === null) return null;
  if (typeof id !== 'string' || typeof path !== 'string') return undefined;
  const folder = allowedFolder(layout, path);
  if (folder === undefined || idIn(folder) !== id || !isThere(folder)) return undefined;
  const file = readSession(folder);
  if (file.session.status !== 'ACTIVE') return undefined;
  const { entry_count, head } = claimIn('active_session.json', pointer) ?? {
    entry_count: 0,
    head: null,
  };
  // Of two that differ, the one that knows more: an append finds out whether the journal bears it out.
  if (head === null || entry_count < file.session.entry_count) return file;
  return { ...file, session: { ...file.session, entry_count }, head };
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
  keepPointer(layout);
  const file = newestActive(layout);
  writePointer(layout, file);
  return file;
}

export function writePointer(
  layout: Layout,
  file: SessionFile | null,
  options: AtomicOptions = {},
): void {
  const { session_id, title, started_at, path, entry_count, head } =
    file === null
      ? { session_id: null, title: null, started_at: null, path: null }
      : indexRow(layout, file);
  const pointer = { session_id, title, started_at, path, entry_count, head };
  writeFileAtomicSync(layout.active, `${JSON.stringify(pointer, null, 2)}\n`, options);
}

/**
 * Lets the pointer count an entry that was appended, outside the session's folder. Nothing waits for
 * the disk, and nothing fails: a pointer that stays behind is right, and one that is lost heals.
 */
export function refreshPointer(layout: Layout, file: SessionFile): void {
  if (readRecord(layout.active)?.session_id !== file.session.session_id) return;
  try {
    writePointer(layout, file, { sync: false });
  } catch (error) {
    if (!isOpsError(error)) throw error;
  }
}

/** Sessions that the index knows, or knew to be gone, and whose folder is not there. */
export function missingSessions(layout: Layout, { index, pointer }: Elsewhere): MissingSession[] {
  const noticed_at = isoWithOffset(new Date());
  const known = (index?.sessions ?? []).map((row): MissingSession => {
    const { session_id, title, started_at, status, path, expected } = row;
    const entry_count = Math.max(row.entry_count, expected?.entry_count ?? 0);
    return { session_id, title, started_at, entry_count, status, path, noticed_at };
  });
  const missing = new Map<string, MissingSession>();
  for (const row of [...(index?.missing ?? []), ...known, ...(pointer === null ? [] : [pointer])]) {
    if (isThere(join(layout.folder, row.path))) continue;
    const before = missing.get(row.path) ?? row;
    const { session_id, title, started_at, status, path } = before;
    missing.set(row.path, {
      ...{ session_id, title, started_at, status, path, noticed_at: before.noticed_at },
      entry_count: Math.max(before.entry_count, row.entry_count),
    });
  }
  return [...missing.values()];
}

/** A session's row, which keeps what the index or the pointer said before and its files now rule out. */
function rowOf(layout: Layout, file: SessionFile, elsewhere: Elsewhere): IndexRow {
  const row = indexRow(layout, file);
  const before = elsewhere.rows.get(row.path)?.expected;
  if (before !== undefined) return { ...row, expected: before };
  const known = { entry_count: row.entry_count, head: file.head };
  const [claim] = claimsElsewhere(layout, file.folder, elsewhere)
    .filter((candidate) => contradicts(known, candidate))
    .sort((one, other) => other.entry_count - one.entry_count);
  if (claim === undefined) return row;
  const { source, entry_count, head, isClosed } = claim;
  const expected: Expected = {
    source,
    entry_count,
    ...(head === undefined ? {} : { head }),
    status: isClosed ? 'CLOSED' : 'ACTIVE',
    noticed_at: isoWithOffset(new Date()),
  };
  return { ...row, expected };
}

/** What index.json has to say. */
export function currentIndex(layout: Layout): Index {
  const elsewhere = readElsewhere(layout);
  return sortIndex({
    sessions: allFiles(layout).map((file) => rowOf(layout, file, elsewhere)),
    missing: missingSessions(layout, elsewhere),
  });
}

/** Puts sessions into index.json, or makes it anew when it is no use. The caller holds the lock. */
export function publish(layout: Layout, files: readonly SessionFile[]): void {
  const index = readIndex(layout);
  if (index === null) {
    writeIndex(layout, currentIndex(layout));
    return;
  }
  const ids = new Set(files.map(({ session }) => session.session_id));
  const others = index.sessions.filter(({ session_id }) => !ids.has(session_id));
  const elsewhere = elsewhereOf(index, null);
  const rows = files.map((file) => rowOf(layout, file, elsewhere));
  writeIndex(layout, sortIndex({ sessions: [...rows, ...others], missing: index.missing }));
}
