import { dayStamp } from '@om-ops/kit';
import { countsOf } from '../counts.ts';
import type { HistoryEntry } from '../history.ts';
import type { Milestone } from '../milestone.ts';
import { paceOf } from './pace.ts';
import { seriesOf } from './series.ts';
import type { ReportMilestone, RoadmapReport } from './types.ts';

/** How much goes into the page; the rest stays in the files and is counted. */
export const reportLimits = { milestones: 5000, entries: 2000, notes: 4000 };

interface ReportInput {
  milestones: readonly Milestone[];
  /** Oldest first. */
  history: readonly HistoryEntry[];
  folder: string;
  now: Date;
}

export function reportData(
  { milestones, history, folder, now }: ReportInput,
  limits = reportLimits,
): RoadmapReport {
  const byId = Map.groupBy(history, ({ id }) => id);
  const all = milestones
    .map((milestone) => reportMilestone(milestone, byId.get(milestone.id) ?? [], limits.notes))
    .sort(inOrder);
  return {
    milestones: all.slice(0, limits.milestones),
    counts: countsOf(milestones, dayStamp(now)),
    history: history
      .slice(-limits.entries)
      .reverse()
      .map(({ time, by, action, id, title, changes }) => ({
        time: Date.parse(time) || 0,
        by,
        action,
        id,
        title,
        changes: changes.map((change) => ({ ...change, to: shortened(change.to, limits.notes) })),
      })),
    historyTotal: history.length,
    ...seriesOf(all, history, now.getTime()),
    pace: paceOf(all, now.getTime()),
    folder,
  };
}

function shortened<T>(value: T, length: number): T | string {
  return typeof value === 'string' && value.length > length ? `${value.slice(0, length)}…` : value;
}

function inOrder(one: ReportMilestone, other: ReportMilestone): number {
  const isDone = (each: ReportMilestone): number => Number(each.status === 'complete');
  if (isDone(one) !== isDone(other)) return isDone(one) - isDone(other);
  if (isDone(one) === 1) return (other.completedAt ?? 0) - (one.completedAt ?? 0);
  const due = (each: ReportMilestone): string => each.due ?? '9999-12-31';
  return due(one) === due(other) ? 0 : due(one) < due(other) ? -1 : 1;
}

function reportMilestone(
  milestone: Milestone,
  history: readonly HistoryEntry[],
  notesLength: number,
): ReportMilestone {
  const { id, title, owner, status, percent, due, notes } = milestone;
  const since = history.findLast(({ changes }) =>
    changes.some(({ field, to }) => field === 'status' && to === status),
  );
  return {
    ...{ id, title, owner, status, percent, due },
    notes: notes === null ? null : notes.slice(0, notesLength),
    notesLeftOut: Math.max(0, (notes?.length ?? 0) - notesLength),
    createdAt: momentOf(milestone.createdAt),
    updatedAt: momentOf(milestone.updatedAt),
    completedAt: momentOf(milestone.completedAt),
    since: since === undefined ? null : momentOf(since.time),
    moved: movedOf(history),
  };
}

function momentOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time) || null;
}

/** By how much its percent changed on the last day it did; what it began with is no move. */
function movedOf(history: readonly HistoryEntry[]): ReportMilestone['moved'] {
  const moves = history.flatMap(({ time, changes }) =>
    changes.flatMap(({ field, from, to }) =>
      field === 'percent' && typeof from === 'number' && typeof to === 'number'
        ? [{ at: Date.parse(time), by: to - from }]
        : [],
    ),
  );
  const last = moves.at(-1);
  if (last === undefined || Number.isNaN(last.at)) return null;
  const day = dayStamp(new Date(last.at));
  const same = moves.filter(({ at }) => dayStamp(new Date(at)) === day);
  const by = same.reduce((sum, each) => sum + each.by, 0);
  return by === 0 ? null : { at: last.at, by };
}
