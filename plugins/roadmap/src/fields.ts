import { isoOrNull } from '@om-ops/kit';
import { isDay } from './days.ts';
import type { RawMilestone } from './document.ts';
import { type Milestone, type MilestoneFields, type Status, statuses } from './milestone.ts';

/** Every name that a field may have, ours first. A file keeps the names it has. */
const names = {
  id: ['id', 'milestone_id', 'milestoneId', 'key'],
  title: ['title', 'name'],
  owner: ['owner', 'assignee', 'assigned_to'],
  status: ['status', 'state'],
  percent: ['percent', 'percent_complete', 'percentComplete', 'progress', 'completion'],
  due: ['due', 'due_date', 'dueDate', 'target_date', 'targetDate', 'deadline'],
  notes: ['notes', 'note', 'description'],
  createdAt: ['created_at', 'createdAt', 'created'],
  updatedAt: ['updated_at', 'updatedAt', 'updated', 'last_updated'],
  completedAt: ['completed_at', 'completedAt'],
} as const;

type Named = keyof typeof names;

/** The name under which each field is written. */
export type FieldNames = Readonly<Record<Named, string>>;

/** What a file calls its fields: the first name that any of its milestones has, else ours. */
export function fieldNamesOf(records: readonly RawMilestone[]): FieldNames {
  const keys = new Set(records.flatMap((record) => Object.keys(record)));
  const entries = Object.entries(names).map(([field, known]) => [
    field,
    known.find((name) => keys.has(name)) ?? known[0],
  ]);
  return Object.fromEntries(entries) as unknown as FieldNames;
}

/** The key a record has for a field; undefined when it has none. */
function keyOf(record: RawMilestone, field: Named): string | undefined {
  return names[field].find((name) => Object.hasOwn(record, name));
}

function fieldOf(record: RawMilestone, field: Named): unknown {
  const key = keyOf(record, field);
  return key === undefined ? undefined : record[key];
}

/** A value that om-ops cannot take for what it should be: `"status" is "wild", expected …`. */
export class BadField extends Error {
  constructor(record: RawMilestone, field: Named, expected: string) {
    const value = fieldOf(record, field);
    const is = value === undefined ? 'is missing' : `is ${shortJson(value)}`;
    super(`its "${keyOf(record, field) ?? names[field][0]}" ${is}, expected ${expected}`);
  }
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Null for a record without one. @throws BadField */
export function idOf(record: RawMilestone): string | null {
  const id = fieldOf(record, 'id');
  if (id === undefined || id === null) return null;
  if (typeof id === 'string' && id.trim() !== '') return id;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  throw new BadField(record, 'id', 'a text or a whole number');
}

export interface ReadMilestone {
  milestone: Omit<Milestone, 'id'>;
  /** What was not taken as it stands, as ends of sentences. */
  oddities: string[];
}

/**
 * A milestone of a file, as far as it can be told without guessing.
 *
 * @throws BadField for what would have to be guessed: its title, status, percent, owner or notes
 */
export function readMilestone(record: RawMilestone): ReadMilestone {
  const title = fieldOf(record, 'title');
  if (typeof title !== 'string' || title.trim() === '') {
    throw new BadField(record, 'title', 'a text');
  }
  const oddities: string[] = [];
  const given = percentOf(record);
  const status = statusOf(record, given);
  if (status === 'complete' && given !== null && given !== 100) {
    oddities.push(`is complete, so that its ${given} % count as 100 %`);
  }
  if (status !== 'complete' && given === 100) {
    oddities.push('stands at 100 % and is not complete');
  }
  const dueValue = fieldOf(record, 'due');
  const due = dueOf(dueValue);
  if (due === null && dueValue !== null && dueValue !== undefined && dueValue !== '') {
    oddities.push(`has a due date that is none: ${shortJson(dueValue)}`);
  }
  return {
    milestone: {
      title,
      owner: textOf(record, 'owner'),
      status,
      percent: status === 'complete' ? 100 : (given ?? 0),
      due,
      notes: textOf(record, 'notes'),
      createdAt: timeOf(fieldOf(record, 'createdAt')),
      updatedAt: timeOf(fieldOf(record, 'updatedAt')),
      completedAt: status === 'complete' ? timeOf(fieldOf(record, 'completedAt')) : null,
    },
    oddities,
  };
}

const otherWords: Readonly<Record<string, Status>> = {
  completed: 'complete',
  done: 'complete',
  active: 'in_progress',
  started: 'in_progress',
  todo: 'planned',
  open: 'planned',
};

function statusOf(record: RawMilestone, percent: number | null): Status {
  const value = fieldOf(record, 'status');
  if (value === undefined || value === null) {
    if (percent === 100) return 'complete';
    return percent === null || percent === 0 ? 'planned' : 'in_progress';
  }
  if (typeof value === 'string') {
    const word = value
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_');
    const status = statuses.find((known) => known === word) ?? otherWords[word];
    if (status !== undefined) return status;
  }
  throw new BadField(record, 'status', 'planned, in_progress, complete or blocked');
}

function percentOf(record: RawMilestone): number | null {
  const value = fieldOf(record, 'percent');
  if (value === undefined || value === null || value === '') return null;
  const percent =
    typeof value === 'string' && /^\s*\d+(\.\d+)?\s*%?\s*$/.test(value)
      ? Number.parseFloat(value)
      : value;
  if (typeof percent === 'number' && percent >= 0 && percent <= 100) return percent;
  throw new BadField(record, 'percent', 'a number from 0 to 100');
}

function textOf(record: RawMilestone, field: 'owner' | 'notes'): string | null {
  const value = fieldOf(record, field);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) {
    return value.join('\n') || null;
  }
  throw new BadField(record, field, 'a text');
}

function dueOf(value: unknown): string | null {
  const day = typeof value === 'string' ? value.trim().slice(0, 10) : '';
  const rest = typeof value === 'string' ? value.trim().slice(10) : '';
  return isDay(day) && /^(?:[T ]\d\d:\d\d.*)?$/.test(rest) ? day : null;
}

/** The text of a time; ISO 8601 of what is seconds since 1970. */
function timeOf(value: unknown): string | null {
  if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return value;
  return typeof value === 'number' ? isoOrNull(value * 1000) : null;
}

export type Written = Partial<MilestoneFields> & {
  createdAt?: string;
  updatedAt?: string;
  completedAt?: string | null;
};

/** A record with other values, under the names it has for them, else under those of its file. */
export function withFields(
  record: RawMilestone,
  values: Written,
  fields: FieldNames,
): RawMilestone {
  const changed = { ...record };
  for (const [field, value] of Object.entries(values) as [Named, unknown][]) {
    const key = keyOf(record, field) ?? fields[field];
    if (value === null && field === 'completedAt') delete changed[key];
    else changed[key] = value;
  }
  return changed;
}

/** A record of another file under the names of this one; what om-ops does not know stays as it is. */
export function renamed(record: RawMilestone, fields: FieldNames): RawMilestone {
  const keys = new Map(
    (Object.keys(names) as Named[]).flatMap((field) => {
      const key = keyOf(record, field);
      return key === undefined ? [] : [[key, fields[field]] as const];
    }),
  );
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [keys.get(key) ?? key, value]),
  );
}
