import { printableName } from '@om-ops/kit/text';
import { type RawMilestone, type Refusal, refused } from './document.ts';
import { BadField, idOf, readMilestone } from './fields.ts';
import type { Milestone } from './milestone.ts';

export interface KnownMilestone {
  record: RawMilestone;
  milestone: Milestone;
}

export interface Reading {
  /** Of the file they are from. */
  path: string;
  refusal: Refusal;
  redact: (text: string) => string;
  /** Hears what was not taken as it stands. */
  warn: (message: string) => void;
}

/**
 * All milestones of a file, or none of them: a file that cannot be understood whole is changed by nobody.
 *
 * @throws OpsError E_ROADMAP_FILE, naming the milestone, what is wrong with it and what was expected
 */
export function readMilestones(
  records: readonly RawMilestone[],
  reading: Reading,
): KnownMilestone[] {
  return readRecords(records, reading).map(({ id, record, milestone }, at) => {
    if (id !== null) return { record, milestone: { id, ...milestone } };
    throw refused(reading.path, `milestone ${at + 1} has no "id"`, reading.refusal);
  });
}

export interface ReadRecord {
  record: RawMilestone;
  id: string | null;
  milestone: Omit<Milestone, 'id'>;
}

/** {@link readMilestones} for files of others, whose milestones may have no IDs. */
export function readRecords(
  records: readonly RawMilestone[],
  { path, refusal, redact, warn }: Reading,
): ReadRecord[] {
  const seen = new Set<string>();
  return records.map((record, at) => {
    try {
      const id = idOf(record);
      const { milestone, oddities } = readMilestone(record);
      if (id !== null && seen.has(id)) throw new Error(`the ID ${id} is that of two milestones`);
      if (id !== null) seen.add(id);
      const shown = (text: string | null): string | null => (text === null ? null : redact(text));
      const title = redact(milestone.title);
      for (const oddity of oddities) {
        warn(`The milestone ${id ?? at + 1} (${printableName(title)}) ${oddity}.`);
      }
      const { owner, notes } = milestone;
      return {
        record,
        id,
        milestone: { ...milestone, title, owner: shown(owner), notes: shown(notes) },
      };
    } catch (error) {
      if (error instanceof BadField) {
        throw refused(path, `milestone ${at + 1}: ${error.message}`, refusal);
      }
      throw refused(path, (error as Error).message, refusal);
    }
  });
}
