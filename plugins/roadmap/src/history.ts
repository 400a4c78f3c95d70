import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendJsonLines,
  fromSystemError,
  readJsonLines,
  systemCode,
  writeFileAtomic,
} from '@om-ops/kit';
import { isRecord, type RawMilestone } from './document.ts';
import { type FieldChange, fieldNames } from './milestone.ts';

export const actions = ['added', 'updated', 'completed', 'removed', 'imported'] as const;

/** What somebody did to one milestone: a line of history.jsonl. */
export interface HistoryEntry {
  /** Unique: what was written twice counts once. */
  change: string;
  /** ISO 8601 with the site's offset. */
  time: string;
  by: string;
  action: (typeof actions)[number];
  id: string;
  title: string;
  changes: FieldChange[];
  /** Of a removed one: all that its file had of it. */
  removed?: RawMilestone;
}

export interface ReadHistory {
  /** Oldest first. */
  entries: HistoryEntry[];
  /** What could not be read, as sentences. */
  problems: string[];
}

/** What is about to be written, so that a crash between two files loses nothing. */
interface Pending {
  /** SHA-256 of the roadmap.json with which these entries are true. */
  sha256: string;
  entries: HistoryEntry[];
}

/**
 * STATE/roadmap/history.jsonl, to which only is appended. What a change says is put into `.pending.json` first,
 * then roadmap.json is replaced, then the lines are appended: whoever finds a pending change knows by the
 * checksum whether it was made.
 */
export class History {
  readonly path: string;
  readonly #pendingPath: string;

  constructor(folder: string) {
    this.path = join(folder, 'history.jsonl');
    this.#pendingPath = join(folder, '.pending.json');
  }

  /**
   * @param roadmap what roadmap.json holds; null when there is none
   * @throws OpsError E_PERMISSION, E_IO
   */
  async read(roadmap: string | null): Promise<ReadHistory> {
    const entries: HistoryEntry[] = [];
    const problems: string[] = [];
    for await (const read of readJsonLines(this.path)) {
      if (read.problem === undefined && isEntry(read.value)) entries.push(read.value);
      else problems.push(`Line ${read.line} of ${this.path} is no entry and was passed over.`);
    }
    const known = new Set(entries.map(({ change }) => change));
    const missed = this.#pending(roadmap).filter(({ change }) => !known.has(change));
    return { entries: [...entries, ...missed], problems };
  }

  /** Writes what a crash had left unwritten. The caller holds the roadmap's lock. */
  async heal(roadmap: string | null): Promise<void> {
    const pending = this.#pending(roadmap);
    if (pending.length > 0) {
      const known = new Set<string>();
      for await (const read of readJsonLines(this.path)) {
        if (read.problem === undefined && isEntry(read.value)) known.add(read.value.change);
      }
      const missed = pending.filter(({ change }) => !known.has(change));
      if (missed.length > 0) await appendJsonLines(this.path, missed);
    }
    this.#forgetPending();
  }

  /** Before roadmap.json becomes `roadmap`. @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY */
  async announce(roadmap: string, entries: readonly HistoryEntry[]): Promise<void> {
    const pending = { sha256: sha256(roadmap), entries };
    await writeFileAtomic(this.#pendingPath, `${JSON.stringify(pending)}\n`);
  }

  /** After it has become so. */
  async append(entries: readonly HistoryEntry[]): Promise<void> {
    await appendJsonLines(this.path, entries);
    this.#forgetPending();
  }

  #pending(roadmap: string | null): HistoryEntry[] {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(this.#pendingPath, 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return [];
      throw fromSystemError(error, 'read', this.#pendingPath);
    }
    if (!isPending(value) || roadmap === null || value.sha256 !== sha256(roadmap)) return [];
    return value.entries;
  }

  #forgetPending(): void {
    try {
      rmSync(this.#pendingPath, { force: true });
    } catch (error) {
      throw fromSystemError(error, 'remove', this.#pendingPath);
    }
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isPending(value: unknown): value is Pending {
  return isRecord(value) && Array.isArray(value.entries) && value.entries.every(isEntry);
}

function isEntry(value: unknown): value is HistoryEntry {
  if (!isRecord(value)) return false;
  const { change, time, by, action, id, title, changes } = value;
  return (
    [change, time, by, id, title].every((text) => typeof text === 'string') &&
    (actions as readonly unknown[]).includes(action) &&
    Array.isArray(changes) &&
    changes.every(
      (each) => isRecord(each) && (fieldNames as readonly unknown[]).includes(each.field),
    )
  );
}
