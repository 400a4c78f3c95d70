import { closeSync, fsyncSync } from 'node:fs';
import { fromSystemError, OpsError } from '../../errors.ts';
import { readJsonLineBatches } from '../jsonl.ts';
import { type OpenTail, openTail, type TornLine, writeTail } from '../tail.ts';
import { isoWithOffset } from '../time.ts';
import { chainedLine, genesisHash } from './chain.ts';
import { type Entry, isRecord, type NewEntry, nullableText } from './entry.ts';
import { migrateSession } from './migration.ts';
import {
  type Break,
  entriesPath,
  type Session,
  type SessionFile,
  writeSession,
} from './session.ts';
import { sha256OfStart } from './verification.ts';

export interface Appended {
  session: Session;
  entry: Entry;
  /** A torn last line that was moved aside. */
  torn: TornLine | null;
  /** What the user has to know, one sentence each: a torn line, entries that went missing. */
  warnings: string[];
}

/** A failure after the entry was written: adding it again would double it. */
export class RecordedError extends OpsError {
  readonly appended: Appended;

  constructor({ code, message, suggestions, cause }: OpsError, appended: Appended) {
    super(code, message, { suggestions, cause });
    this.appended = appended;
  }
}

/** An error whose message goes on with what is done although it says that something failed. */
export function doneAllTheSame(
  thrown: unknown,
  doing: string,
  path: string,
  what: string,
): OpsError {
  const { code, message, suggestions } = fromSystemError(thrown, doing, path);
  return new OpsError(code, `${message} ${what}`, { suggestions, cause: thrown });
}

/**
 * Appends to a session whose changelog's lock the caller holds. Reads the end of entries.jsonl only,
 * except once: after a crash, a change by somebody else, or the entries of the original tool.
 */
export async function appendEntry(
  found: SessionFile,
  entry: NewEntry,
): Promise<{ appended: Appended; file: SessionFile }> {
  const file = migrateSession(found);
  const path = entriesPath(file.folder);
  const tail = openTail(path);
  const warnings: string[] = [];
  try {
    if (tail.torn !== null) {
      warnings.push(
        `The last line of ${path} was torn by a crash; it is kept in ${tail.torn.path}.`,
      );
    }
    if (file.header !== 'there') {
      warnings.push(
        `The session.json of ${file.session.session_id} was ${file.header}: see om-ops changelog verify.`,
      );
    }
    const last = hashIn(tail.last);
    const { count, newBreak } = await countEntries(file, tail, last);
    if (newBreak !== null) {
      warnings.push(
        `The session ${file.session.session_id} no longer ends as om-ops left it, with ${newBreak.expected_count} entries: see om-ops changelog verify.`,
      );
    }
    const written: Omit<Entry, 'hash'> = {
      timestamp: isoWithOffset(new Date()),
      actor: entry.actor,
      type: entry.type,
      content: entry.content,
      attachments: [...(entry.attachments ?? [])],
      outcome: entry.outcome ?? null,
      prev: last ?? file.head ?? (await genesisOf(file, tail)),
    };
    const { line, hash } = chainedLine(written);
    writeTail(tail, `${line}\n`);
    const session = { ...file.session, entry_count: count + 1 };
    const appended = { session, entry: { ...written, hash }, torn: tail.torn, warnings };
    const breaks = newBreak === null ? file.breaks : [...file.breaks, newBreak];
    const grown = { ...file, session, head: hash, breaks };
    try {
      // Before the header: it must never count an entry that a power cut can still take away.
      fsyncSync(tail.fd);
      writeSession(grown, {
        isAppend: newBreak === null && file.meta !== 'missing' && file.header === 'there',
      });
    } catch (error) {
      const said = `The entry is in the journal all the same, with the hash ${hash}; do not add it again.`;
      throw new RecordedError(doneAllTheSame(error, 'write', path, said), appended);
    }
    return { appended, file: grown };
  } finally {
    closeFlushed(tail.fd);
  }
}

/** What was written has been flushed, or a failure says that it was not: closing has nothing to add. */
function closeFlushed(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Linux has closed it all the same.
  }
}

/**
 * Makes a session's header say what its journal says, a crash or somebody else having come between,
 * for after the session is closed no append does it. The caller holds the lock and writes it.
 */
export async function settleSession(file: SessionFile): Promise<SessionFile> {
  const tail = openTail(entriesPath(file.folder));
  try {
    const last = hashIn(tail.last);
    const { count, newBreak } = await countEntries(file, tail, last);
    return {
      ...file,
      session: { ...file.session, entry_count: count },
      head: last ?? (count === 0 ? null : file.head),
      breaks: newBreak === null ? file.breaks : [...file.breaks, newBreak],
    };
  } finally {
    closeSync(tail.fd);
  }
}

/**
 * How many entries there are. When the file does not end with the entry that the header names, a
 * crash came between the two writes if that entry is in its place further up; else somebody changed
 * the file, which is put on record before the header forgets it.
 */
async function countEntries(
  { session, head, folder }: SessionFile,
  tail: OpenTail,
  last: string | null,
): Promise<{ count: number; newBreak: Break | null }> {
  if (head !== null && last === head) return { count: session.entry_count, newBreak: null };
  if (tail.offset === 0 && session.entry_count === 0) return { count: 0, newBreak: null };
  let count = 0;
  let hashThere: string | null = null;
  for await (const batch of readJsonLineBatches(entriesPath(folder))) {
    for (const line of batch) {
      count++;
      if (count === session.entry_count && line.problem === undefined && isRecord(line.value)) {
        hashThere = nullableText(line.value.hash);
      }
    }
  }
  // Without a head nothing was chained when the header was written, and its count proves nothing.
  if (head === null || hashThere === head) return { count, newBreak: null };
  const newBreak = {
    noticed_at: isoWithOffset(new Date()),
    expected_count: session.entry_count,
    expected_head: head,
    found_count: count,
    found_head: last,
  };
  return { count, newBreak };
}

function genesisOf({ session, folder }: SessionFile, tail: OpenTail): Promise<string> | string {
  if (tail.offset === 0) return genesisHash(session.session_id, null);
  // The newline that the last unchained line may lack is part of what is sealed.
  return sha256OfStart(entriesPath(folder), tail.offset, tail.separator).then((digest) =>
    genesisHash(session.session_id, digest),
  );
}

function hashIn(line: string | null): string | null {
  if (line === null) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? nullableText(value.hash) : null;
  } catch {
    return null;
  }
}
