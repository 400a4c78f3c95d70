import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '../atomic.ts';
import { makeStateFolder, syncFolder } from '../folders.ts';
import { temporaryPath } from '../temporary.ts';
import { clockStamp, dayStamp, isoWithOffset } from '../time.ts';
import { doneAllTheSame, settleSession } from './append.ts';
import type { EntryOutcome } from './entry.ts';
import type { Layout } from './layout.ts';
import { migrateSession } from './migration.ts';
import {
  entriesPath,
  readRecord,
  type Session,
  type SessionFile,
  type SessionScope,
  slugOf,
  writeSession,
} from './session.ts';
import { newSessionId, writePointer } from './session-files.ts';

export interface NewSession {
  title: string;
  tags?: readonly string[];
  /** Default `mixed`. */
  scope?: SessionScope;
}

export interface SessionEnding {
  summary?: string | undefined;
  outcome?: EntryOutcome | undefined;
}

/** A new session whose folder is whole, under a name that nobody looks at. */
export interface PreparedSession {
  file: SessionFile;
  /** Makes it the active one. */
  begin(): void;
  discard(): void;
}

/** Writes the folder of a new session. The caller holds the lock, and begins or discards it. */
export function prepareSession(
  layout: Layout,
  { title, tags = [], scope }: NewSession,
): PreparedSession {
  const now = new Date();
  const session_id = newSessionId(layout);
  const day = join(layout.sessions, dayStamp(now));
  const session: Session = {
    session_id,
    title,
    status: 'ACTIVE',
    started_at: isoWithOffset(now),
    closed_at: null,
    entry_count: 0,
    tags: [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))],
    scope: scope ?? 'mixed',
    summary: null,
    outcome: null,
    path: join(day, `${session_id}__${clockStamp(now)}__${slugOf(title)}`),
  };
  makeStateFolder(day);
  const folder = temporaryPath(session.path);
  const discard = () => rmSync(folder, { recursive: true, force: true });
  const file = newFile(session);
  try {
    mkdirSync(folder, { mode: 0o700 });
    writeFileAtomicSync(entriesPath(folder), '');
    writeSession(file, { folder });
  } catch (error) {
    discard();
    throw error;
  }
  return {
    file,
    discard,
    begin() {
      // The pointer first: one that leads nowhere heals itself; an active session without a pointer
      // would stay unnoticed.
      writePointer(layout, file);
      renameSync(folder, session.path);
      syncFolder(day);
    },
  };
}

function newFile(session: Session): SessionFile {
  return {
    session,
    folder: session.path,
    head: null,
    breaks: [],
    oldEntries: null,
    extra: {},
    claims: [],
    header: 'there',
    isGuessed: false,
    meta: 'missing',
  };
}

/** Closes a session. The caller holds the lock, and sees to the pointer and the index. */
export async function endSession(
  found: SessionFile,
  { summary, outcome }: SessionEnding,
): Promise<SessionFile> {
  const file = await settleSession(migrateSession(found));
  const session: Session = {
    ...file.session,
    status: 'CLOSED',
    closed_at: isoWithOffset(new Date()),
    summary: summary ?? file.session.summary,
    outcome: outcome ?? file.session.outcome,
  };
  const ended = { ...file, session };
  try {
    writeSession(ended);
  } catch (error) {
    if (readRecord(join(file.folder, 'session.json'))?.status !== 'CLOSED') throw error;
    const { session_id } = session;
    const said = `The session ${session_id} is closed all the same.`;
    throw doneAllTheSame(error, 'write', file.folder, said);
  }
  return ended;
}
