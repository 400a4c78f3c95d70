import { readFileSync } from 'node:fs';
import { systemCode } from '../../errors.ts';
import { writeFileAtomicSync } from '../atomic.ts';
import { canonicalJson } from './chain.ts';
import { entryFrom, isRecord } from './entry.ts';
import { entriesPath, type SessionFile, writeSession } from './session.ts';

/**
 * Moves the entries that the original tool kept in session.json to entries.jsonl. Killed at any
 * point, the next call finds which of them are there already and adds none twice. The caller holds
 * the changelog's lock. Returns the session as it is afterwards.
 */
export function migrateSession(file: SessionFile): SessionFile {
  if (file.oldEntries === null) return file;
  const merged = mergeOldEntries(file.oldEntries, readLines(entriesPath(file.folder)));
  if (merged.lines !== null) {
    writeFileAtomicSync(entriesPath(file.folder), merged.lines.map((line) => `${line}\n`).join(''));
  }
  // Nothing is put before chained entries: what is missing there stays in session.json, set apart.
  const extra =
    merged.left.length === 0 ? file.extra : { ...file.extra, unmigrated_entries: merged.left };
  const count = merged.count;
  const migrated: SessionFile = {
    ...file,
    extra,
    oldEntries: null,
    session: { ...file.session, entry_count: count },
  };
  writeSession(migrated);
  return migrated;
}

/**
 * The lines of entries.jsonl with the old entries it lacks before them.
 * `lines` is null when it lacks none; `left` are old entries that could not be put there.
 */
export function mergeOldEntries(
  oldEntries: readonly unknown[],
  lines: readonly string[],
): { lines: string[] | null; left: unknown[]; count: number } {
  const there = new Map<string, number>();
  const keys = lines.map((line) => lineKey(line));
  for (const { key } of keys) there.set(key, (there.get(key) ?? 0) + 1);
  const missing = oldEntries.filter((entry) => {
    const key = entryKey(entry);
    const count = there.get(key) ?? 0;
    if (count > 0) there.set(key, count - 1);
    return count === 0;
  });
  if (missing.length === 0) return { lines: null, left: [], count: lines.length };
  if (keys.some(({ isChained }) => isChained)) {
    return { lines: null, left: missing, count: lines.length };
  }
  const old = new Map<string, number>();
  for (const entry of oldEntries) old.set(entryKey(entry), (old.get(entryKey(entry)) ?? 0) + 1);
  const newer = lines.filter((_, index) => {
    const key = keys[index]?.key ?? '';
    const count = old.get(key) ?? 0;
    if (count > 0) old.set(key, count - 1);
    return count === 0;
  });
  const merged = [...oldEntries.map((entry) => JSON.stringify(entry)), ...newer];
  return { lines: merged, left: [], count: merged.length };
}

/** The lines of a file that are not empty. */
export function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function lineKey(line: string): { key: string; isChained: boolean } {
  try {
    const value: unknown = JSON.parse(line);
    return {
      key: entryKey(value),
      isChained: isRecord(value) && typeof value.hash === 'string',
    };
  } catch {
    return { key: line, isChained: false };
  }
}

/** What two records of the same entry agree on. */
function entryKey(value: unknown): string {
  const { prev: _, hash: __, ...entry } = entryFrom(value);
  return canonicalJson(entry);
}
