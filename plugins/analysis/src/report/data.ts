import { isoWithOffset, messageOf, type Progress, Turns } from '@om-ops/kit';
import type { Analysis } from '../analysis.ts';
import type { RunMeta, RunStats } from '../run/meta.ts';
import { fittingDetail, shortGroups } from './detail.ts';
import type { KeptDetails } from './kept-details.ts';
import type { AnalysisReport, GrowthRun, RunDetail, WorkDay } from './types.ts';

export interface ReportInput {
  site: string;
  /** IANA name. */
  timeZone: string;
  /** STATE/analysis. */
  folder: string;
  /** All runs, oldest first. */
  runs: readonly RunMeta[];
  /**
   * Reads a run with so many groups of duplicates at most; undefined: with all. One that throws is
   * left out of the details, with a warning.
   */
  load: (run: string, mostGroups?: number) => Analysis;
  /** Short details of earlier reports. */
  kept?: Pick<KeptDetails, 'get' | 'keep'>;
  work: WorkDay[];
  now: Date;
  limits?: Partial<ReportLimits>;
}

/** How much goes into the page. What is left out is counted, and stays in the runs' own files. */
export interface ReportLimits {
  /** Packed, of all runs together. */
  bytes: number;
  /** Packed, of a run that is not the newest. */
  bytesEach: number;
  runs: number;
  growthRuns: number;
}

export const reportLimits: ReportLimits = {
  bytes: 1_350_000,
  bytesEach: 40_000,
  runs: 12,
  growthRuns: 1500,
};

/**
 * Everything the page shows. The newest run is embedded as far as it fits, older ones shorter, and
 * those that don't fit only as points of the growth charts.
 *
 * @throws OpsError E_INTERRUPTED
 */
export async function reportData(input: ReportInput, progress: Progress): Promise<AnalysisReport> {
  const limits = { ...reportLimits, ...input.limits };
  const pace = new Turns(progress);
  const chosen = runsForDetail(input.runs, limits.runs);
  const runs: RunDetail[] = [];
  let left = limits.bytes;
  for (const [at, { run }] of chosen.entries()) {
    progress.report({ stage: 'packing runs', files: at, totalFiles: chosen.length, detail: run });
    await pace.turn();
    const others = Math.min((chosen.length - 1) * limits.bytesEach, limits.bytes / 2);
    const room = at === 0 ? left - others : Math.min(left, limits.bytesEach);
    try {
      const detail =
        at === 0
          ? await fittingDetail(input.load(run), room, false)
          : await shortDetail(input, run, room, room === limits.bytesEach);
      if (detail === undefined) continue;
      left -= detail.packed.length;
      runs.push(detail);
    } catch (error) {
      progress.warn(`Run ${run} is left out of the report: ${messageOf(error)}`);
    }
  }
  await pace.turn();
  const growth = thinned(input.runs, limits.growthRuns);
  return {
    generatedAt: isoWithOffset(input.now),
    timeZone: input.timeZone,
    site: input.site,
    folder: input.folder,
    growth: growth.map(growthOf),
    growthLeftOut: input.runs.length - growth.length,
    runs: runs.sort((one, another) => Date.parse(another.at) - Date.parse(one.at)),
    runsWithoutDetail: input.runs.length - runs.length,
    work: input.work,
  };
}

async function shortDetail(
  { load, kept }: ReportInput,
  run: string,
  room: number,
  isKept: boolean,
): Promise<RunDetail | undefined> {
  const known = kept?.get(run);
  if (known !== undefined && known.packed.length <= room) return known;
  const detail = await fittingDetail(load(run, shortGroups), room, true);
  // One that was cut to what little room was left is none for the next report.
  if (detail !== undefined && isKept) kept?.keep(run, detail);
  return detail;
}

/** The newest run, the newest of every other folder, then whatever is newest. */
function runsForDetail(runs: readonly RunMeta[], most: number): RunMeta[] {
  const newest = runs.toReversed();
  const seen = new Set<string>();
  const first = newest.filter(({ scope, path }) => {
    const folder = `${scope} ${path}`;
    return !seen.has(folder) && seen.add(folder);
  });
  const rest = newest.filter((run) => !first.includes(run));
  return [...first, ...rest].slice(0, most);
}

/** Of too many runs the last of each day and folder, and of these the newest. */
function thinned(runs: readonly RunMeta[], most: number): RunMeta[] {
  if (runs.length <= most) return [...runs];
  const lastOfDay = new Map<string, RunMeta>();
  for (const run of runs) lastOfDay.set(`${run.run.slice(0, 10)} ${run.scope} ${run.path}`, run);
  return [...lastOfDay.values()]
    .sort((one, another) => Date.parse(one.timestamp) - Date.parse(another.timestamp))
    .slice(-most);
}

function growthOf({ run, timestamp, scope, path, settings, seconds, stats }: RunMeta): GrowthRun {
  const stat = (key: keyof RunStats): number | null => stats[key] ?? null;
  return {
    run,
    at: timestamp,
    scope,
    path,
    bytes: stat('bytes'),
    files: stat('files'),
    directories: stat('directories'),
    diskBytes: stat('diskBytes'),
    reclaimableBytes: stat('reclaimableBytes'),
    junkBytes: stat('junkBytes'),
    staleFiles: stat('staleFiles'),
    staleBytes: stat('staleBytes'),
    staleDays: settings?.staleDays ?? null,
    duplicateBytes: stat('duplicateBytes'),
    duplicateGroups: stat('duplicateGroups'),
    duplicateMode: settings?.dedupeMode ?? null,
    seconds: seconds ?? null,
  };
}
