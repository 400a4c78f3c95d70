export const statuses = ['planned', 'in_progress', 'blocked', 'complete'] as const;

export type Status = (typeof statuses)[number];

/** A milestone as it is shown: redacted, and whatever its file calls its fields. */
export interface Milestone {
  id: string;
  title: string;
  owner: string | null;
  status: Status;
  /** 0 to 100; 100 for a complete one. */
  percent: number;
  /** `YYYY-MM-DD`. */
  due: string | null;
  notes: string | null;
  /** As in the file: ISO 8601, of om-ops with the site's offset. */
  createdAt: string | null;
  updatedAt: string | null;
  completedAt: string | null;
}

/** What a user can set. */
export interface MilestoneFields {
  title: string;
  owner: string | null;
  status: Status;
  percent: number;
  due: string | null;
  notes: string | null;
}

export const fieldNames = ['title', 'owner', 'status', 'percent', 'due', 'notes'] as const;

export type FieldName = (typeof fieldNames)[number];

export interface FieldChange {
  field: FieldName;
  from: string | number | null;
  to: string | number | null;
}

/** What a reader calls a status. */
export const statusWords: Readonly<Record<Status, string>> = {
  planned: 'planned',
  in_progress: 'in progress',
  blocked: 'blocked',
  complete: 'complete',
};

/** What is different, field by field. */
export function changesBetween(
  before: Partial<MilestoneFields>,
  after: MilestoneFields,
): FieldChange[] {
  return fieldNames.flatMap((field) => {
    const [from, to] = [before[field] ?? null, after[field]];
    return from === to ? [] : [{ field, from, to }];
  });
}
