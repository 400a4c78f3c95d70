import { formatTable, printable, printableName, styleFor } from '@om-ops/kit/text';
import { daysLeft, distanceText, isOverdue } from '../days.ts';
import {
  type FieldChange,
  type Milestone,
  type Status,
  statuses,
  statusWords,
} from '../milestone.ts';

/** Those that are worked at first, each status by its date. */
const order: readonly Status[] = ['in_progress', 'blocked', 'planned', 'complete'];

export function inOrder(milestones: readonly Milestone[]): Milestone[] {
  const latest = '9999-12-31';
  return milestones.toSorted(
    (one, other) =>
      order.indexOf(one.status) - order.indexOf(other.status) ||
      compare(one.due ?? latest, other.due ?? latest),
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

export function milestoneTable(milestones: readonly Milestone[], today: string): string {
  const { red } = styleFor(process.stdout);
  return formatTable(
    [
      { head: 'ID', cell: ({ id }) => printableName(id) },
      { head: 'Title', cell: ({ title }) => printableName(title) },
      { head: 'Status', cell: ({ status }) => statusWords[status] },
      { head: '%', cell: ({ percent }) => String(percent), align: 'right' },
      { head: 'Owner', cell: ({ owner }) => printableName(owner ?? '–') },
      {
        head: 'Due',
        cell: (milestone) => {
          const text = dueText(milestone, today);
          return isOverdue(milestone, today) ? red(text) : text;
        },
      },
    ],
    milestones,
  );
}

/** `2026-12-01, in 6 days`. */
export function dueText(milestone: Pick<Milestone, 'due' | 'status'>, today: string): string {
  const left = daysLeft(milestone, today);
  if (milestone.due === null) return '–';
  return left === null ? milestone.due : `${milestone.due}, ${distanceText(left)}`;
}

/** `k3f9a Gallery to WebP`. */
export function nameOf({ id, title }: Pick<Milestone, 'id' | 'title'>): string {
  return `${printableName(id)} ${printableName(title)}`;
}

const words: Record<FieldChange['field'], string> = {
  title: 'Title',
  owner: 'Owner',
  status: 'Status',
  percent: 'Percent',
  due: 'Due',
  notes: 'Notes',
};

/** `Percent 30 → 42`, a line each. */
export function changeLines(changes: readonly FieldChange[]): string[] {
  return changes.map(({ field, from, to }) => {
    if (from === null) return `${words[field]} ${valueText(field, to)}`;
    return `${words[field]} ${valueText(field, from)} → ${valueText(field, to)}`;
  });
}

function valueText(field: FieldChange['field'], value: string | number | null): string {
  if (value === null) return 'none';
  if (field === 'percent') return `${value} %`;
  if (field === 'status') return statusWords[statuses.find((each) => each === value) ?? 'planned'];
  const text = field === 'notes' ? printable(String(value)) : printableName(String(value));
  return field === 'due' ? text : JSON.stringify(text).replaceAll('\\\\', '\\');
}

export const nothingChanged = 'Nothing was changed: this was a dry run.';
