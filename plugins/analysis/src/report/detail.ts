import type { Analysis, Capped, DuplicateGroup, Recommendation } from '../analysis.ts';
import { largestBy } from '../inventory/top.ts';
import { headingOf } from './heading.ts';
import { packDuplicates, packTables } from './pack.ts';
import type { RunDetail, RunTables, TreeNode } from './types.ts';

/** How many rows of each list are embedded. */
interface RowLimits {
  rows: number;
  junk: number;
  tree: number;
  duplicatePaths: number;
}

const whole: RowLimits = { rows: 500, junk: 3000, tree: 500, duplicatePaths: 250_000 };
const short: RowLimits = { rows: 150, junk: 300, tree: 250, duplicatePaths: 4000 };
/** Another for every change of what a short detail is: kept ones of before are then made again. */
export const detailFormat = `2 ${JSON.stringify(short)}`;
/** More groups than a short detail shows of them, two paths being the least that a group has. */
export const shortGroups = short.duplicatePaths / 2 + 1;
const attempts = 6;
/** Packed bytes don't shrink quite as the paths do. */
const caution = 0.85;

/**
 * A run as the page has it, cut so that its packed bytes stay within `room`: first its duplicates,
 * then everything. Undefined when not even a little of it fits.
 */
export async function fittingDetail(
  analysis: Analysis,
  room: number,
  isShort: boolean,
): Promise<RunDetail | undefined> {
  let limits = isShort ? short : whole;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const detail = await detailOf(analysis, limits);
    const { length } = detail.packed;
    if (length <= room) return detail;
    const share = (room / length) * caution;
    limits =
      limits.duplicatePaths > 500
        ? {
            ...limits,
            duplicatePaths: Math.floor(
              Math.min(limits.duplicatePaths, analysis.duplicates.pathCount) * share,
            ),
          }
        : {
            rows: Math.ceil(limits.rows * share),
            junk: Math.ceil(limits.junk * share),
            tree: Math.ceil(limits.tree * share),
            duplicatePaths: Math.floor(limits.duplicatePaths * share),
          };
  }
  return undefined;
}

async function detailOf(analysis: Analysis, limits: RowLimits): Promise<RunDetail> {
  const { tables, capped } = tablesOf(analysis, limits);
  const { packed, unpackedBytes } = await packTables(tables);
  const { run, createdAt, scope, path, settings, totals, junk, stale, duplicates } = analysis;
  const canGo = canGoOf(analysis.recommendations);
  return {
    run,
    heading: headingOf({ totals, junk, canGo }),
    at: createdAt,
    scope,
    path,
    settings,
    totals,
    junk: {
      bytes: junk.bytes,
      diskBytes: junk.diskBytes,
      reclaimableBytes: junk.reclaimableBytes,
      files: junk.files,
      items: wholeCount(analysis, 'junk.items', junk.items.length),
    },
    stale: { days: stale.days, files: stale.files, bytes: stale.bytes },
    duplicates: {
      mode: duplicates.mode,
      groups: duplicates.groupCount,
      paths: duplicates.pathCount,
      wastedBytes: duplicates.wastedBytes,
      notHashed: duplicates.notHashed,
    },
    recent: analysis.recent,
    canGo,
    skipped: analysis.skipped.count,
    seconds: analysis.seconds,
    capped,
    packed,
    unpackedBytes,
  };
}

/** What can go of all that is recommended, and what that frees. */
export function canGoOf(recommendations: readonly Recommendation[]): RunDetail['canGo'] {
  const found = recommendations.filter(({ look }) => !look);
  return { items: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function tablesOf(analysis: Analysis, limits: RowLimits): { tables: RunTables; capped: Capped[] } {
  const capped: Capped[] = [];
  const cut = <T>(key: string, rows: readonly T[], total: number, most = limits.rows): T[] => {
    const shown = rows.slice(0, most);
    if (shown.length < total) capped.push({ key, shown: shown.length, total });
    return shown;
  };
  const count = (key: string, rows: readonly unknown[]): number =>
    wholeCount(analysis, key, rows.length);
  const { junk, stale, duplicates, skipped } = analysis;
  const groups = groupsWithin(duplicates.groups, limits.duplicatePaths);
  if (groups.length < duplicates.groupCount)
    capped.push({ key: 'duplicates', shown: groups.length, total: duplicates.groupCount });
  return {
    capped,
    tables: {
      types: cut('types', analysis.types, analysis.types.length),
      largestFiles: cut(
        'largestFiles',
        analysis.largestFiles,
        count('largestFiles', analysis.largestFiles),
      ),
      largestDirectories: cut(
        'largestDirectories',
        analysis.largestDirectories,
        count('largestDirectories', analysis.largestDirectories),
      ),
      recentFiles: cut(
        'recentFiles',
        analysis.recentFiles,
        count('recentFiles', analysis.recentFiles),
      ),
      tree: treeOf(analysis, limits.tree),
      junkCategories: junk.categories,
      junk: cut('junk', junk.items, count('junk.items', junk.items), limits.junk),
      staleOldest: cut('stale.oldest', stale.oldest, count('stale.oldest', stale.oldest)),
      staleLargest: cut('stale.largest', stale.largest, count('stale.largest', stale.largest)),
      recommendations: cut(
        'recommendations',
        analysis.recommendations,
        count('recommendations', analysis.recommendations),
      ),
      skipped: cut('skipped', skipped.items, skipped.count),
      notEntered: analysis.notEntered.slice(0, limits.rows),
      duplicates: packDuplicates(groups),
    },
  };
}

/** How many there were of a list that analysis.json itself may have cut. */
function wholeCount({ capped }: Analysis, key: string, length: number): number {
  return Math.max(length, capped.find((cap) => cap.key === key)?.total ?? 0);
}

function groupsWithin(groups: readonly DuplicateGroup[], mostPaths: number): DuplicateGroup[] {
  const shown: DuplicateGroup[] = [];
  let paths = 0;
  for (const group of groups) {
    paths += group.paths.length;
    if (paths > mostPaths) break;
    shown.push(group);
  }
  return shown;
}

/** The largest folders; a folder is never smaller than what is in it, so none is without its parent. */
function treeOf({ comparable, path, totals }: Analysis, most: number): TreeNode[] {
  const { directories } = comparable;
  if (directories.length === 0)
    return [{ parent: 0, name: path, bytes: totals.bytes, files: totals.files }];
  const kept = largestBy(
    Array.from(directories.keys()),
    most,
    (index) => directories[index]![2],
    (one, another) => one < another,
  ).sort((one, another) => one - another);
  const places = new Map(kept.map((index, place) => [index, place]));
  return kept.map((index) => {
    const [parent, name, bytes, files] = directories[index]!;
    return { parent: places.get(parent) ?? 0, name, bytes, files };
  });
}
