import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fromSystemError, systemCode } from '../../errors.ts';
import { writeFileAtomicSync } from '../atomic.ts';
import { isoWithOffset } from '../time.ts';
import { isRecord } from './entry.ts';
import type { Layout } from './layout.ts';
import type { Session } from './session.ts';

/** A session's row in index.json: the session, its folder relative to STATE/changelog. */
export type IndexRow = Session;

/** A session that the index knew and whose folder went without `prune`. */
export interface MissingSession {
  session_id: string;
  title: string;
  started_at: string;
  entry_count: number;
  path: string;
  noticed_at: string;
}

export interface Index {
  sessions: IndexRow[];
  missing: MissingSession[];
}

export function indexRow(layout: Layout, session: Session): IndexRow {
  return { ...session, path: relative(layout.folder, session.path) };
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
