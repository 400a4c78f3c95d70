import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fromSystemError, systemCode } from '../../errors.ts';
import { writeFileAtomicSync } from '../atomic.ts';
import { isoWithOffset } from '../time.ts';
import { type Claim, isClosed } from './claims.ts';
import { isRecord } from './entry.ts';
import type { Layout } from './layout.ts';
import type { Session, SessionFile } from './session.ts';

/** A session's row in index.json: the session, its folder relative to STATE/changelog. */
export interface IndexRow extends Session {
  /** The hash of the last entry; null while nothing is chained. */
  head?: string | null;
  /** What the index said before, when the session's own files came to rule it out. Stays for good. */
  expected?: Expected;
}

export interface Expected {
  entry_count: number;
  head?: string;
  status: 'ACTIVE' | 'CLOSED';
  /** The file that said so. */
  source: string;
  noticed_at: string;
}

/** A session that the index knew and whose folder went without `prune`. */
export interface MissingSession {
  session_id: string;
  title: string;
  started_at: string;
  entry_count: number;
  /** What it was when last heard of: an ACTIVE one had `entry_count` entries or more. */
  status: 'ACTIVE' | 'CLOSED';
  path: string;
  noticed_at: string;
}

export interface Index {
  sessions: IndexRow[];
  missing: MissingSession[];
}

export function indexRow(
  layout: Layout,
  { session, head }: Pick<SessionFile, 'session' | 'head'>,
): IndexRow {
  return { ...session, path: relative(layout.folder, session.path), head };
}

/** What a row claims of its session's journal; null when that is nothing. */
export function rowClaim({ entry_count, head, status, expected }: IndexRow): Claim | null {
  if (isRecord(expected) && typeof expected.entry_count === 'number') {
    const { source, noticed_at } = expected;
    const isFinal = isClosed(expected.status);
    return {
      source,
      entry_count: expected.entry_count,
      head: expected.head,
      isClosed: isFinal,
      noticed_at,
    };
  }
  if (head === null || typeof entry_count !== 'number' || entry_count === 0) return null;
  return { source: 'index.json', entry_count, head, isClosed: isClosed(status) };
}

/** index.json; null when it is missing, damaged, or the original tool's. */
export function readIndex(layout: Layout): Index | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(layout.index, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return null;
    throw fromSystemError(error, 'read', layout.index);
  }
  if (!isRecord(value) || value.tool !== 'om-ops' || !Array.isArray(value.sessions)) {
    return null;
  }
  const isRow = (row: unknown): row is IndexRow =>
    isRecord(row) && typeof row.session_id === 'string' && typeof row.path === 'string';
  const sessions: unknown[] = value.sessions;
  if (!sessions.every(isRow)) return null;
  const missing: unknown[] = Array.isArray(value.missing) ? value.missing : [];
  return { sessions, missing: missing.filter(isRow) as unknown as MissingSession[] };
}

/** Newest first. */
export function sortIndex(index: Index): Index {
  const time = (row: { started_at: string }): number => Date.parse(row.started_at) || 0;
  return { ...index, sessions: index.sessions.toSorted((one, other) => time(other) - time(one)) };
}

/** The caller holds the changelog's lock. */
export function writeIndex(layout: Layout, index: Index): void {
  // One row per line: short enough to be read, and quick to write with thousands of sessions.
  const list = (rows: readonly object[]): string =>
    rows.length === 0
      ? '[]'
      : `[\n    ${rows.map((row) => JSON.stringify(row)).join(',\n    ')}\n  ]`;
  const updatedAt = JSON.stringify(isoWithOffset(new Date()));
  const text = `{
  "tool": "om-ops",
  "updated_at": ${updatedAt},
  "sessions": ${list(index.sessions)},
  "missing": ${list(index.missing)}
}
`;
  writeFileAtomicSync(layout.index, text);
}
