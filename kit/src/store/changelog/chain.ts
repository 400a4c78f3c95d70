import { hash } from 'node:crypto';
import type { Entry } from './entry.ts';

/**
 * JSON with sorted keys and no blanks, so that equal values have equal texts.
 * `undefined` members are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** SHA-256, in hex, of the canonical JSON of an entry without its `hash`. */
export function entryHash(entry: object): string {
  const { hash: _, ...rest } = entry as { hash?: unknown };
  return sha256(canonicalJson(rest));
}

/**
 * What the first chained entry of a session has as its `prev`. It is bound to the session, so that
 * one session's entries do not pass for another's, and to the unchained lines before it, if any.
 *
 * @param unchainedSha256 of the bytes of the unchained lines, newlines included
 */
export function genesisHash(sessionId: string, unchainedSha256: string | null): string {
  return sha256(canonicalJson({ journal: 'om-ops changelog', sessionId, unchainedSha256 }));
}

/** The line an entry is kept as, without its newline. */
export function chainedLine(entry: Omit<Entry, 'hash'>): { line: string; hash: string } {
  const hash = entryHash(entry);
  return { line: JSON.stringify({ ...entry, hash }), hash };
}

function sha256(text: string): string {
  return hash('sha256', text);
}
