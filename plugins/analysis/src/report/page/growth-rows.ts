import type { GrowthRun, RunDetail } from '../types.ts';

/** What the growth charts draw, in their order. */
export const measures = [
  { key: 'bytes', title: 'Total size', short: 'Size', unit: 'bytes' },
  { key: 'files', title: 'Total files', short: 'Files', unit: 'count' },
  { key: 'junkBytes', title: 'Junk', short: 'Junk', unit: 'bytes' },
  { key: 'staleFiles', title: 'Stale files', short: 'Stale files', unit: 'count' },
  { key: 'duplicateBytes', title: 'Duplicate bytes', short: 'Duplicates', unit: 'bytes' },
] as const;

export type MeasureKey = (typeof measures)[number]['key'];

/**
 * On what a measure depends besides the files: `full`, `180 days`; '' for nothing. Another mode finds
 * other duplicates, so only runs that agree in it are compared.
 */
export function kindOf(
  run: Pick<GrowthRun, 'duplicateMode' | 'staleDays'>,
  key: MeasureKey,
): string {
  if (key === 'duplicateBytes') return run.duplicateMode ?? 'mode not recorded';
  if (key !== 'staleFiles') return '';
  return run.staleDays === null
    ? 'days not recorded'
    : `${run.staleDays} ${run.staleDays === 1 ? 'day' : 'days'}`;
}

/** A run and how it differs from the one before of the same scope. */
export interface GrowthRow {
  run: string;
  at: string;
  /** Scope, or scope and path where several paths share a scope. */
  subject: string;
  values: Record<MeasureKey, number | null>;
  /** See `kindOf`. */
  kinds: Record<MeasureKey, string>;
  /** Against the last of the same kind. Null: the first, or not recorded in one of both. */
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
    const before = (key: MeasureKey): GrowthRun | undefined => {
      const compared = JSON.stringify([subject, key, kindOf(run, key)]);
      const found = last.get(compared);
      last.set(compared, run);
      return found;
    };
    return {
      run: run.run,
      at: run.at,
      subject,
      values: each((key) => run[key]),
      kinds: each((key) => kindOf(run, key)),
      deltas: each((key) => difference(run[key], before(key)?.[key])),
    };
  });
}

function each<Value>(value: (key: MeasureKey) => Value): Record<MeasureKey, Value> {
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

/** One measure of the runs that a run can be compared with. */
export interface History {
  /** Up to the run itself, oldest first. */
  values: number[];
  /** Of the last one before it. */
  before: number | undefined;
  /** Which one that is, where it is not simply the run before of the same scope and path. */
  against: string | undefined;
}

export function historyOf(
  growth: readonly GrowthRun[],
  run: Pick<RunDetail, 'run' | 'duplicates' | 'stale'>,
  key: MeasureKey,
): History {
  const at = growth.findIndex((each) => each.run === run.run);
  const now = growth[at];
  if (now === undefined) return { values: [], before: undefined, against: undefined };
  const kind = kindOf({ duplicateMode: run.duplicates.mode, staleDays: run.stale.days }, key);
  const earlier = growth
    .slice(0, at)
    .filter(({ scope, path }) => scope === now.scope && path === now.path);
  const compared = earlier.filter((each) => kindOf(each, key) === kind);
  const last = compared.at(-1);
  const against = key === 'duplicateBytes' ? `vs last ${kind} run` : `vs last run with ${kind}`;
  return {
    values: [...compared, now].flatMap((each) => each[key] ?? []),
    before: last?.[key] ?? undefined,
    against: last === earlier.at(-1) ? undefined : against,
  };
}
