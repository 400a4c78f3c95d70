import { statSync } from 'node:fs';
import { fromSystemError, readJsonLineBatches, systemCode } from '@om-ops/kit';
import type {
  JudgedClock,
  KeyState,
  Line,
  Transition,
  WatchEvent,
  WatchState,
} from '../rules/alert.ts';

/**
 * One line of `alerts.jsonl`. It holds what the key is from there on, so that the state can be made of the
 * journal wherever a run was cut off.
 */
export type Entry = (Transition | (WatchEvent & { line: Line | null })) & {
  /** Counts from 1, without gaps but for what was pruned. */
  seq: number;
  /** What was judged or done at one time has the same. */
  pass: string;
  /** How the key is now; null: there is nothing to remember. Absent for events. */
  state?: KeyState | null;
  clock: JudgedClock | null;
};

export function isTransition(entry: Entry): entry is Entry & Transition {
  return 'key' in entry && 'alert' in entry;
}

/** `alerts.json`: what was remembered, and how much of the journal it is made of. */
export interface Snapshot {
  version: 1;
  seq: number;
  journal: { inode: number; bytes: number } | null;
  state: WatchState;
}

export const emptySnapshot: Snapshot = {
  version: 1,
  seq: 0,
  journal: null,
  state: { clock: null, keys: {} },
};

/** Which file the journal is and how long; null: there is none. */
export function journalMark(path: string): Snapshot['journal'] {
  try {
    const { ino, size } = statSync(path);
    return { inode: ino, bytes: size };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw fromSystemError(error, 'read', path);
  }
}

/**
 * Entries of the journal in order. A torn last line, which says nothing for sure, is left out; `onBroken` is told
 * of what else is none of ours.
 *
 * @throws OpsError E_PERMISSION, E_IO
 */
export async function* readEntries(
  path: string,
  onBroken: (message: string) => void,
): AsyncGenerator<Entry> {
  for await (const batch of readJsonLineBatches(path)) {
    for (const read of batch) {
      if (read.problem === 'torn') continue;
      const entry = read.problem === undefined ? (read.value as Partial<Entry> | null) : null;
      if (typeof entry?.seq === 'number') yield entry as Entry;
      else onBroken(`Line ${read.line} of ${path} is no record of an alert and was passed over.`);
    }
  }
}

/** The state after an entry. */
export function applied(state: WatchState, entry: Entry): WatchState {
  const clock = entry.clock ?? state.clock;
  if (!isTransition(entry) || entry.state === undefined) return { ...state, clock };
  const keys: Record<string, KeyState> = { ...state.keys };
  if (entry.state === null) delete keys[entry.key];
  else keys[entry.key] = entry.state;
  return { clock, keys };
}
