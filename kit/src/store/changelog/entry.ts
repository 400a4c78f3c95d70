import { OpsError } from '../../errors.ts';

export const entryTypes = ['prompt', 'followup', 'result', 'decision', 'command', 'note'] as const;
export const entryActors = ['user', 'cursor', 'assistant', 'system'] as const;
export const entryOutcomes = ['success', 'fail'] as const;

export type EntryType = (typeof entryTypes)[number];
export type EntryActor = (typeof entryActors)[number];
export type EntryOutcome = (typeof entryOutcomes)[number];

/** What the writer of an entry gives. */
export interface NewEntry {
  actor: EntryActor;
  type: EntryType;
  content: string;
  /** Paths. */
  attachments?: readonly string[];
  outcome?: EntryOutcome | null;
}

/** An entry as it is kept: one line of entries.jsonl, the keys in this order. */
export interface Entry {
  /** ISO 8601 with offset. */
  timestamp: string;
  actor: string;
  type: string;
  content: string;
  attachments: string[];
  outcome: string | null;
  /** The hash of the entry before, or the genesis of the session. Null in sessions of the original tool. */
  prev: string | null;
  hash: string | null;
}

/** @throws OpsError E_BAD_ENTRY (exit `usage`) */
export function checkEntry(entry: NewEntry): void {
  checkOneOf('type', entry.type, entryTypes);
  checkOneOf('actor', entry.actor, entryActors);
  if (entry.outcome != null) checkOneOf('outcome', entry.outcome, entryOutcomes);
  if (entry.content.trim() === '') {
    throw new OpsError('E_BAD_ENTRY', 'An entry needs a text; this one is empty.', {
      exit: 'usage',
    });
  }
}

function checkOneOf(field: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new OpsError(
    'E_BAD_ENTRY',
    `The ${field} of an entry cannot be "${value}"; it is one of ${allowed.join(', ')}.`,
    { exit: 'usage' },
  );
}

/** Any parsed line as an entry; what the original tool left out, or named otherwise, is filled in. */
export function entryFrom(value: unknown): Entry {
  const fields = isRecord(value) ? value : { content: value };
  const attachments = Array.isArray(fields.attachments) ? fields.attachments : [];
  return {
    timestamp: textOf(fields.timestamp ?? fields.time ?? fields.ts),
    actor: textOf(fields.actor) || 'system',
    type: textOf(fields.type) || 'note',
    content: textOf(fields.content ?? fields.text ?? fields.message),
    attachments: attachments.map(textOf),
    outcome: nullableText(fields.outcome),
    prev: nullableText(fields.prev),
    hash: nullableText(fields.hash),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nullableText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
