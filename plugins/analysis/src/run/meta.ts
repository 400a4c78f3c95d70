import type { Analysis, AnalysisSettings } from '../analysis.ts';

/** `meta.json` of a run, and one entry of `index.json`. */
export interface RunMeta {
  run: string;
  /** ISO 8601 with offset. */
  timestamp: string;
  scope: string;
  path: string;
  host?: string;
  tool?: string;
  version?: string;
  seconds?: number;
  settings?: AnalysisSettings;
  stats: RunStats;
}

/** Keys may be missing: what an older version did not count. */
export interface RunStats {
  files?: number;
  directories?: number;
  bytes?: number;
  diskBytes?: number;
  reclaimableBytes?: number;
  junkBytes?: number;
  junkFiles?: number;
  staleFiles?: number;
  staleBytes?: number;
  duplicateBytes?: number;
  duplicateGroups?: number;
  skipped?: number;
}

export const statKeys = [
  'files',
  'directories',
  'bytes',
  'diskBytes',
  'reclaimableBytes',
  'junkBytes',
  'junkFiles',
  'staleFiles',
  'staleBytes',
  'duplicateBytes',
  'duplicateGroups',
  'skipped',
] as const satisfies readonly (keyof RunStats)[];

export function metaOf(analysis: Analysis, host: string, version: string): RunMeta {
  const { run, createdAt, scope, path, settings, seconds } = analysis;
  const stats = statsOf(analysis);
  return {
    run,
    timestamp: createdAt,
    scope,
    path,
    host,
    tool: 'om-ops',
    version,
    seconds,
    settings,
    stats,
  };
}

export function statsOf({
  totals,
  junk,
  stale,
  duplicates,
  skipped,
}: Analysis): Required<RunStats> {
  return {
    files: totals.files,
    directories: totals.directories,
    bytes: totals.bytes,
    diskBytes: totals.diskBytes,
    reclaimableBytes: totals.reclaimableBytes,
    junkBytes: junk.bytes,
    junkFiles: junk.files,
    staleFiles: stale.files,
    staleBytes: stale.bytes,
    duplicateBytes: duplicates.wastedBytes,
    duplicateGroups: duplicates.groupCount,
    skipped: skipped.count,
  };
}

/** What a meta.json says, of whatever version; undefined when it is none. */
export function parseMeta(run: string, timestamp: string, value: unknown): RunMeta | undefined {
  if (!isRecord(value)) return undefined;
  const stats: RunStats = {};
  const given = isRecord(value.stats) ? value.stats : {};
  for (const key of statKeys) {
    const number = given[key];
    if (typeof number === 'number' && Number.isFinite(number)) stats[key] = number;
  }
  const settings = settingsOf(value.settings);
  return {
    run,
    timestamp: isTime(value.timestamp) ? value.timestamp : timestamp,
    scope: text(value.scope) ?? 'unknown',
    path: text(value.path) ?? '',
    ...present('host', text(value.host)),
    ...present('tool', text(value.tool)),
    ...present('version', text(value.version)),
    ...present('seconds', typeof value.seconds === 'number' ? value.seconds : undefined),
    ...present('settings', settings),
    stats,
  };
}

/** Settings with what an older version left out; undefined when there are none. */
export function settingsOf(value: unknown): AnalysisSettings | undefined {
  if (!isRecord(value)) return undefined;
  const number = (key: string, otherwise: number): number => {
    const found = value[key];
    return typeof found === 'number' ? found : otherwise;
  };
  return {
    dedupeMode: value.dedupeMode === 'full' ? 'full' : 'quick',
    maxHashMb: number('maxHashMb', 20),
    staleDays: number('staleDays', 180),
    largeMb: number('largeMb', 50),
    exclude: Array.isArray(value.exclude)
      ? value.exclude.filter((pattern) => typeof pattern === 'string')
      : [],
    crossFileSystems: value.crossFileSystems === true,
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
