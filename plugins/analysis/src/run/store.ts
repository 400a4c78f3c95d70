import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  acquireLock,
  fromSystemError,
  isoWithOffset,
  isThere,
  isUnwritable,
  listRuns,
  makeStateFolder,
  OpsError,
  type Run,
  removeRun,
  writeFileAtomic,
} from '@om-ops/kit';
import type { Analysis } from '../analysis.ts';
import { briefAnalysis } from './brief.ts';
import { parseAnalysis } from './document.ts';
import { parseMeta, type RunMeta, statsOf } from './meta.ts';

/** Where everything of the analysis lies below STATE. */
export interface AnalysisFolders {
  folder: string;
  runs: string;
  index: string;
  /** The hashes of files that full mode has read. */
  hashes: string;
  /** Of runs, as the report has them. */
  details: string;
  report: string;
}

export function analysisFolders(state: string): AnalysisFolders {
  const folder = join(state, 'analysis');
  return {
    folder,
    runs: join(folder, 'runs'),
    index: join(folder, 'index.json'),
    hashes: join(folder, 'hashes.bin'),
    details: join(folder, 'details.json'),
    report: join(folder, 'report.html'),
  };
}

/** index.json */
export interface RunIndex {
  version: 1;
  /** Oldest first. */
  runs: RunMeta[];
}

/**
 * All runs, oldest first, as their own meta.json has them: index.json is written for others to read
 * and never believed here. Names have local time, which goes back once a year and differs between a
 * cron job and a shell, so they don't tell which is older.
 *
 * @throws OpsError E_PERMISSION
 */
export function readRuns(state: string): RunMeta[] {
  const time = ({ timestamp }: RunMeta): number => Date.parse(timestamp) || 0;
  return listRuns(analysisFolders(state).runs)
    .map(readMeta)
    .reverse()
    .sort((one, another) => time(one) - time(another));
}

function readMeta(run: Run): RunMeta {
  const timestamp = isoWithOffset(run.date);
  const meta = parseMeta(run.name, timestamp, jsonOf(join(run.path, 'meta.json')));
  if (meta !== undefined) return meta;
  // Without it, the numbers are still in the analysis itself.
  const analysis = parseAnalysis(run.name, timestamp, jsonOf(join(run.path, 'analysis.json')));
  if (analysis === undefined)
    return { run: run.name, timestamp, scope: 'unknown', path: '', stats: {} };
  const { createdAt, scope, path, settings, seconds } = analysis;
  return {
    run: run.name,
    timestamp: createdAt,
    scope,
    path,
    settings,
    seconds,
    stats: statsOf(analysis),
  };
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Makes index.json say what runs there are. Call it after a run was added or removed.
 *
 * @throws OpsError E_LOCKED, E_PERMISSION, E_DISK_FULL, E_READ_ONLY
 */
export async function writeIndex(state: string, waitMs = 10_000): Promise<RunMeta[]> {
  const { folder, index } = analysisFolders(state);
  makeStateFolder(folder);
  // Of two runs that end together the later one must list both.
  using _lock = await acquireLock(folder, 'index', { waitMs, command: 'analysis index' });
  const runs = readRuns(state);
  // Not synced: cut short by a power failure, it is made again from the runs.
  if (!isIndexOf(index, runs)) await writeFileAtomic(index, indexText(runs), { sync: false });
  return runs;
}

function indexText(runs: RunMeta[]): string {
  return `${JSON.stringify({ version: 1, runs } satisfies RunIndex, null, 1)}\n`;
}

function isIndexOf(index: string, runs: RunMeta[]): boolean {
  return isThere(index) && readFileSync(index, 'utf8') === indexText(runs);
}

/**
 * `writeIndex` for commands that only read: a killed run may have left an index.json that lacks it.
 * Where it may not be written, nothing is said.
 */
export async function healIndex(state: string): Promise<RunMeta[]> {
  const runs = readRuns(state);
  const { index } = analysisFolders(state);
  if (runs.length === 0 && !isThere(index)) return runs;
  try {
    if (!isIndexOf(index, runs)) await writeIndex(state, 0);
  } catch (error) {
    if (!isUnwritable(fromSystemError(error, 'write', index))) throw error;
  }
  return runs;
}

/**
 * @param name default: the newest
 * @param mostGroups how many groups of duplicates are wanted at most; default: all there are
 * @throws OpsError E_NO_RUN (exit 2), E_RUN_UNREADABLE
 */
export function loadAnalysis(state: string, name?: string, mostGroups?: number): Analysis {
  const { runs } = analysisFolders(state);
  const all = listRuns(runs);
  const wanted = name ?? readRuns(state).at(-1)?.run;
  const run = all.find((candidate) => candidate.name === wanted);
  if (run === undefined) throw noRun(runs, all, name);
  let file: Buffer;
  try {
    file = readFileSync(join(run.path, 'analysis.json'));
  } catch (error) {
    throw fromSystemError(error, 'read', join(run.path, 'analysis.json'));
  }
  const brief = mostGroups === undefined ? undefined : briefAnalysis(file, mostGroups);
  const analysis = parseAnalysis(
    run.name,
    isoWithOffset(run.date),
    brief ?? jsonFrom(file.toString()),
  );
  if (analysis === undefined)
    throw new OpsError(
      'E_RUN_UNREADABLE',
      `${join(run.path, 'analysis.json')} is not an analysis.`,
      {
        suggestions: ['Look at another run: om-ops analysis list'],
      },
    );
  return analysis;
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noRun(folder: string, all: readonly Run[], name: string | undefined): OpsError {
  if (all.length === 0)
    return new OpsError('E_NO_RUN', `There is no analysis in ${folder} yet.`, {
      exit: 'usage',
      suggestions: ['Make one: om-ops analysis run prod'],
    });
  return new OpsError('E_NO_RUN', `There is no analysis ${name ?? ''} in ${folder}.`, {
    exit: 'usage',
    suggestions: [`The newest is ${all[0]!.name}`, 'See them all: om-ops analysis list'],
  });
}

export interface PrunePlan {
  /** Newest first, as `removed`. */
  kept: string[];
  removed: string[];
}

/** Which runs a prune removes: all but the newest `keep`. @throws OpsError E_KEEP (exit 2) */
export function planPrune(state: string, keep: number): PrunePlan {
  if (!Number.isInteger(keep) || keep < 1)
    throw new OpsError('E_KEEP', `Cannot keep ${keep} runs: it takes a whole number from 1 up.`, {
      exit: 'usage',
    });
  const names = readRuns(state)
    .map(({ run }) => run)
    .reverse();
  return { kept: names.slice(0, keep), removed: names.slice(keep) };
}

/** @throws OpsError E_PERMISSION */
export async function prune(state: string, { removed }: PrunePlan): Promise<void> {
  const { runs } = analysisFolders(state);
  // The oldest first: what an interrupted prune leaves is still without gaps.
  for (const name of removed.toReversed()) removeRun(runs, name);
  await writeIndex(state);
}
