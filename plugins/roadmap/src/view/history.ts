import { formatTable, formatTime, printableName } from '@om-ops/kit/text';
import type { HistoryEntry } from '../history.ts';
import type { FieldChange } from '../milestone.ts';
import { changeLines } from './milestones.ts';

type ShownEntry = Omit<HistoryEntry, 'change' | 'removed'>;

/** @param id of whom they are; null: of all */
export function historyText(entries: readonly ShownEntry[], id: string | null): string {
  if (entries.length === 0) {
    return id === null
      ? 'Nothing was changed yet.'
      : `Nothing of ${printableName(id)} was changed since om-ops keeps its history.`;
  }
  return formatTable(
    [
      { head: 'When', cell: ({ time }) => formatTime(time) },
      { head: 'Who', cell: ({ by }) => printableName(by) },
      { head: 'ID', cell: (entry) => printableName(entry.id) },
      { head: 'What', cell: whatText },
    ],
    entries,
  );
}

/** `updated Gallery to WebP: Percent 30 % → 42 %`. */
function whatText({ action, title, changes }: ShownEntry): string {
  const head = `${action} ${printableName(title)}`;
  const lines = changeLines(changes.filter((change) => !isUsual(action, change)));
  return lines.length === 0 ? head : `${head}: ${lines.join('; ').replaceAll('\n', ' ')}`;
}

/** What a new milestone has anyway, and what stands before it. */
function isUsual(action: string, { field, from }: FieldChange): boolean {
  if (from !== null) return false;
  return field === 'title' || (action === 'added' && (field === 'status' || field === 'percent'));
}
