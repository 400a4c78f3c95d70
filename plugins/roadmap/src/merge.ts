import { resolve } from 'node:path';
import { OpsError } from '@om-ops/kit';
import { type RawMilestone, type Refusal, readDocument } from './document.ts';
import { type FieldNames, fieldNamesOf, renamed, withFields } from './fields.ts';
import { newId } from './ids.ts';
import { changesBetween, type FieldChange } from './milestone.ts';
import type { NewRoadmap, OpenedRoadmap } from './opened-roadmap.ts';
import {
  type KnownMilestone,
  type Reading,
  type ReadRecord,
  readRecords,
} from './read-milestones.ts';

/** What an import does, or would do. */
export interface Merge {
  file: string;
  added: { id: string; title: string }[];
  updated: { id: string; title: string; changes: FieldChange[] }[];
  /** Ours was changed later than the file's: it stays as it is. */
  kept: { id: string; title: string; changes: FieldChange[] }[];
  unchanged: number;
}

interface MergeOptions {
  reading: Reading;
  /** IDs that milestones once had. */
  removed: ReadonlySet<string>;
}

const importRefusal: Refusal = { exit: 'usage', suggestions: ['Nothing was imported.'] };

/**
 * Merges a file's milestones into ours. The same ID is the same milestone, unless both say when they were made
 * and do not agree; one without an ID is the one of the same title. The file's fields take the place of ours,
 * unless ours was changed later; what the file does not say stays.
 *
 * @throws OpsError E_NOT_FOUND (exit 5), E_ROADMAP_FILE (exit `usage`)
 */
export function mergeOf(
  { document, known }: OpenedRoadmap,
  file: string,
  { reading, removed }: MergeOptions,
): NewRoadmap<Merge> {
  const path = resolve(file);
  const other = readDocument(path, importRefusal);
  if (other.file === null) {
    throw new OpsError('E_NOT_FOUND', `Cannot read ${path}: it does not exist.`, {
      exit: 'requirement',
      suggestions: ['Give the path of a file of milestones: om-ops roadmap import FILE'],
    });
  }
  const theirs = readRecords(other.records, { ...reading, path, refusal: importRefusal });
  const fields = fieldNamesOf(known.length === 0 ? other.records : document.records);
  const taken = new Set([...removed, ...known.map(({ milestone }) => milestone.id)]);
  for (const { id } of theirs) if (id !== null) taken.add(id);
  const merge: Merge = { file: path, added: [], updated: [], kept: [], unchanged: 0 };
  const entries: NewRoadmap<Merge>['entries'][number][] = [];
  const records: RawMilestone[] = [...document.records];
  const matched = new Set<KnownMilestone>();
  for (const each of theirs) {
    const ours = sameIn(
      known.filter((one) => !matched.has(one)),
      each,
    );
    const { title } = each.milestone;
    if (ours === undefined) {
      const isFree = each.id !== null && !known.some(({ milestone }) => milestone.id === each.id);
      const id = isFree ? (each.id as string) : newId(taken);
      taken.add(id);
      const record = agreeing(each, fields);
      records.push(isFree ? record : { ...record, [fields.id]: id });
      merge.added.push({ id, title });
      const changes = changesBetween({}, each.milestone);
      entries.push({ action: 'imported', id, title, changes });
      continue;
    }
    matched.add(ours);
    const { id } = ours.milestone;
    const changes = changesBetween(ours.milestone, { ...ours.milestone, ...saidBy(each, fields) });
    if (changes.length === 0) {
      merge.unchanged += 1;
    } else if (isLater(ours.milestone.updatedAt, each.milestone.updatedAt)) {
      merge.kept.push({ id, title: ours.milestone.title, changes });
    } else {
      records[records.indexOf(ours.record)] = merged(ours, each, fields);
      merge.updated.push({ id, title, changes });
      entries.push({ action: 'imported', id, title, changes });
    }
  }
  return { result: merge, records, entries };
}

function sameIn(known: readonly KnownMilestone[], each: ReadRecord): KnownMilestone | undefined {
  const { title, createdAt } = each.milestone;
  const same = known.find(({ milestone }) => milestone.id === each.id);
  if (same !== undefined && !areApart(same.milestone.createdAt, createdAt)) return same;
  const twin = known.find(({ milestone }) => milestone.title === title);
  if (twin === undefined || areApart(twin.milestone.createdAt, createdAt)) return undefined;
  // One that had to get another ID when it was imported before.
  return each.id === null || (same !== undefined && createdAt !== null) ? twin : undefined;
}

/** Whether both say when they were made, and do not agree. */
function areApart(one: string | null, other: string | null): boolean {
  // Of what does not say, the difference is no number, and nothing is true of it.
  return Math.abs(Date.parse(one ?? '') - Date.parse(other ?? '')) > 1000;
}

/** A file's milestone under our names; a complete one at 100 %. */
function agreeing({ record, milestone }: ReadRecord, fields: FieldNames): RawMilestone {
  const { status, percent } = milestone;
  return withFields(renamed(record, fields), status === 'complete' ? { percent } : {}, fields);
}

/** The fields that the file's milestone has: what it does not say is no change. */
function saidBy({ record, milestone }: ReadRecord, fields: FieldNames) {
  const { title, owner, status, percent, due, notes } = milestone;
  const says = renamed(record, fields);
  const isSaid = (field: 'owner' | 'due' | 'notes') => Object.hasOwn(says, fields[field]);
  const isStated = Object.hasOwn(says, fields.status) || Object.hasOwn(says, fields.percent);
  return {
    title,
    ...(isStated ? { status, percent } : {}),
    ...(isSaid('owner') ? { owner } : {}),
    ...(isSaid('due') ? { due } : {}),
    ...(isSaid('notes') ? { notes } : {}),
  };
}

function isLater(ours: string | null, theirs: string | null): boolean {
  return Date.parse(ours ?? '') > Date.parse(theirs ?? '');
}

/** Theirs over ours under our names, with our ID as it is written. */
function merged(ours: KnownMilestone, theirs: ReadRecord, fields: FieldNames): RawMilestone {
  const own = renamed(ours.record, fields);
  return { ...own, ...agreeing(theirs, fields), [fields.id]: own[fields.id] ?? ours.milestone.id };
}
