import type { GrowthRun } from '../types.ts';

/** What the growth charts draw, in their order. */
export const measures = [
  { key: 'bytes', title: 'Total size', short: 'Size', unit: 'bytes' },
  { key: 'files', title: 'Total files', short: 'Files', unit: 'count' },
  { key: 'junkBytes', title: 'Junk', short: 'Junk', unit: 'bytes' },
  { key: 'staleFiles', title: 'Stale files', short: 'Stale files', unit: 'count' },
  { key: 'duplicateBytes', title: 'Duplicate bytes', short: 'Duplicates', unit: 'bytes' },
] as const;

export type MeasureKey = (typeof measures)[number]['key'];

/** A run and how it differs from the one before of the same scope. */
export interface GrowthRow {
  run: string;
  at: string;
  /** Scope, or scope and path where several paths share a scope. */
  subject: string;
  values: Record<MeasureKey, number | null>;
  /** Null: the first of its scope, or not recorded in one of both. */
  deltas: Record<MeasureKey, number | null>;
}

export const ranges = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: 'all', label: 'All' },
] as const;

const dayMs = 86_400_000;

/** Every run with its deltas, oldest first. */
export function growthRows(growth: readonly GrowthRun[]): GrowthRow[] {
  const subjectOf = subjects(growth);
  const last = new Map<string, GrowthRun>();
  return growth.map((run) => {
    const subject = subjectOf(run);
    const before = last.get(subject);
    last.set(subject, run);
    return {
      run: run.run,
      at: run.at,
      subject,
      values: each((key) => run[key]),
      deltas: each((key) => difference(run[key], before?.[key])),
    };
  });
}

function each(value: (key: MeasureKey) => number | null): Record<MeasureKey, number | null> {
  return {
    bytes: value('bytes'),
    files: value('files'),
    junkBytes: value('junkBytes'),
    staleFiles: value('staleFiles'),
    duplicateBytes: value('duplicateBytes'),
  };
}

function difference(now: number | null, before: number | null | undefined): number | null {
  return now === null || before === null || before === undefined ? null : now - before;
}

/** Names what a run looked at: runs of one name are compared with each other. */
function subjects(growth: readonly GrowthRun[]): (run: GrowthRun) => string {
  const paths = new Map<string, Set<string>>();
  for (const { scope, path } of growth) {
    const known = paths.get(scope) ?? new Set();
    paths.set(scope, known.add(path));
  }
  return ({ scope, path }) => {
    if (scope === 'path') return path;
    return (paths.get(scope)?.size ?? 0) > 1 ? `${scope} ${path}` : scope;
  };
}

/** The rows of one subject ('' for all) in the last days before `now`. */
export function filteredRows(
  rows: readonly GrowthRow[],
  filter: { subject: string; range: string; now: number },
): GrowthRow[] {
  const from = rangeStart(filter.range, filter.now);
  return rows.filter(
    ({ subject, at }) =>
      (filter.subject === '' || subject === filter.subject) && Date.parse(at) >= from,
  );
}

/** The first moment of a range; −Infinity for all. */
export function rangeStart(range: string, now: number): number {
  const days = Number(range);
  return Number.isFinite(days) && days > 0 ? now - days * dayMs : Number.NEGATIVE_INFINITY;
}

/** The run before, of the same scope and path. */
export function runBefore(growth: readonly GrowthRun[], run: string): GrowthRun | undefined {
  const at = growth.findIndex((each) => each.run === run);
  const now = growth[at];
  return growth
    .slice(0, Math.max(0, at))
    .findLast(({ scope, path }) => scope === now?.scope && path === now.path);
}

/** One measure of the runs of the same scope and path up to this one, oldest first. */
export function historyOf(growth: readonly GrowthRun[], run: string, key: MeasureKey): number[] {
  const at = growth.findIndex((each) => each.run === run);
  const now = growth[at];
  return growth
    .slice(0, at + 1)
    .filter(({ scope, path }) => scope === now?.scope && path === now.path)
    .flatMap((each) => each[key] ?? []);
}
