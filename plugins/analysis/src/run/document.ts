import type {
  Analysis,
  Comparable,
  Count,
  DuplicateGroup,
  Recommendation,
  Totals,
} from '../analysis.ts';
import { withLook } from '../recommendations/look-first.ts';
import { isRecord, settingsOf } from './meta.ts';

/**
 * An analysis.json of whatever version: what an older one lacks is there and empty.
 * Undefined when it is not an analysis at all.
 */
export function parseAnalysis(
  run: string,
  timestamp: string,
  value: unknown,
): Analysis | undefined {
  if (!isRecord(value) || !isRecord(value.totals)) return undefined;
  const junk = record(value.junk);
  const duplicates = record(value.duplicates);
  const stale = record(value.stale);
  const recent = record(value.recent);
  const skipped = record(value.skipped);
  const groups = list<DuplicateGroup>(duplicates.groups).map(withWaste);
  const settings = settingsOf(value.settings) ?? {
    dedupeMode: duplicates.mode === 'full' ? 'full' : 'quick',
    maxHashMb: 20,
    staleDays: number(stale.days) || 180,
    largeMb: 50,
    exclude: [],
    crossFileSystems: false,
  };
  return {
    run,
    createdAt: text(value.createdAt) ?? timestamp,
    scope: text(value.scope) ?? 'unknown',
    path: text(value.path) ?? '',
    settings,
    totals: totalsOf(value.totals),
    junk: {
      bytes: number(junk.bytes),
      diskBytes: number(junk.diskBytes),
      reclaimableBytes: number(junk.reclaimableBytes),
      files: number(junk.files),
      categories: list(junk.categories),
      items: list(junk.items),
    },
    duplicates: {
      mode: settings.dedupeMode,
      groups,
      wastedBytes: number(duplicates.wastedBytes),
      groupCount: number(duplicates.groupCount) || groups.length,
      pathCount:
        number(duplicates.pathCount) ||
        groups.reduce((total, { paths }) => total + paths.length, 0),
      notHashed: count(duplicates.notHashed),
    },
    stale: {
      days: number(stale.days) || settings.staleDays,
      ...count(stale),
      oldest: list(stale.oldest),
      largest: list(stale.largest),
    },
    largestFiles: list(value.largestFiles),
    largestDirectories: list(value.largestDirectories),
    types: list(value.types),
    recent: { '24h': count(recent['24h']), '7d': count(recent['7d']), '30d': count(recent['30d']) },
    recentFiles: list(value.recentFiles),
    // Made again, because runs of before call everything unneeded and count it.
    recommendations: list<Recommendation>(value.recommendations).map(withLook),
    skipped: { count: number(skipped.count), items: list(skipped.items) },
    notEntered: list(value.notEntered),
    excluded: number(value.excluded),
    comparable: comparableOf(value.comparable),
    capped: list(value.capped),
    seconds: number(value.seconds),
  };
}

/** Older versions kept no disk sizes: there the apparent ones have to do. */
function withWaste(group: DuplicateGroup): DuplicateGroup {
  const { wastedBytes, bytes, paths }: Partial<DuplicateGroup> = group;
  if (wastedBytes !== undefined) return group;
  return { ...group, wastedBytes: number(bytes) * Math.max(0, list(paths).length - 1) };
}

function totalsOf(value: Record<string, unknown>): Totals {
  return {
    files: number(value.files),
    directories: number(value.directories),
    symlinks: number(value.symlinks),
    others: number(value.others),
    bytes: number(value.bytes),
    fileBytes: number(value.fileBytes),
    diskBytes: number(value.diskBytes),
    reclaimableBytes: number(value.reclaimableBytes),
    hardLinks: number(value.hardLinks),
  };
}

function comparableOf(value: unknown): Comparable {
  const { directories, files, directoriesFrom, filesFrom } = record(value);
  return {
    directories: list(directories),
    files: list(files),
    directoriesFrom: number(directoriesFrom),
    filesFrom: number(filesFrom),
  };
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

// The run folder is written by us and by nobody else: what is in a list is taken as it is.
function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

function count(value: unknown): Count {
  const { files, bytes } = record(value);
  return { files: number(files), bytes: number(bytes) };
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
