import { readFileSync } from 'node:fs';
import { fromSystemError, systemCode } from '@om-ops/kit';
import { alertFiles } from './files.ts';
import {
  applied,
  type Entry,
  emptySnapshot,
  journalMark,
  readEntries,
  type Snapshot,
} from './journal.ts';

export interface KeptAlerts {
  snapshot: Snapshot;
  /** What was written after the snapshot: a run was cut off there. */
  late: Entry[];
}

/**
 * What is remembered: the snapshot, and what the journal has beyond it.
 *
 * @throws OpsError E_PERMISSION, E_IO
 */
export async function keptAlerts(
  state: string,
  onBroken: (message: string) => void,
): Promise<KeptAlerts> {
  const { journal, snapshot: path } = alertFiles(state);
  const kept = readSnapshot(path);
  const mark = journalMark(journal);
  const isCurrent =
    mark === null || (kept.journal?.inode === mark.inode && kept.journal.bytes === mark.bytes);
  if (isCurrent) return { snapshot: kept, late: [] };
  const late: Entry[] = [];
  let { seq, state: watched } = kept;
  for await (const entry of readEntries(journal, onBroken)) {
    if (entry.seq <= seq) continue;
    watched = applied(watched, entry);
    seq = entry.seq;
    late.push(entry);
  }
  return { snapshot: { ...kept, seq, state: watched, journal: mark }, late };
}

/** One that cannot be read as ours is made anew of the journal, which has everything. */
function readSnapshot(path: string): Snapshot {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return emptySnapshot;
    throw fromSystemError(error, 'read', path);
  }
  try {
    const value = JSON.parse(text) as Partial<Snapshot> | null;
    const isOurs =
      value?.version === 1 &&
      typeof value.seq === 'number' &&
      typeof value.state?.keys === 'object' &&
      value.state.keys !== null;
    return isOurs ? (value as Snapshot) : emptySnapshot;
  } catch {
    return emptySnapshot;
  }
}
