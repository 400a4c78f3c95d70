import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  internalError,
  interrupted,
  isOpsError,
  makeStateFolder,
  OpsError,
  type Progress,
  RunFolder,
  removeLeftovers,
  Turns,
} from '@om-ops/kit';
import type { Analysis, DuplicateGroup } from '../analysis.ts';
import { isWithin, realPath } from '../paths/real.ts';
import { type AnalyseOptions, analyse } from './analyse.ts';
import { metaOf } from './meta.ts';
import { analysisFolders, readRuns, writeIndex } from './store.ts';
import { writeRun } from './write.ts';

export interface RunOptions extends Omit<AnalyseOptions, 'cachePath' | 'expectedFiles'> {
  state: string;
  /** Of om-ops, for meta.json. */
  version: string;
  /** Called once the run is whole and has its name, whatever fails after that. */
  onKept?: (analysis: Analysis) => void;
}

// What JSON.parse takes in one text, with room to spare.
const mostPaths = 1_000_000;

/**
 * Analyses a folder and keeps what it found as a run. When it is interrupted or fails there is no
 * run folder, and index.json says what runs there are.
 *
 * @throws OpsError as `analyse`; E_STATE (exit 2), E_DISK_FULL, E_READ_ONLY
 */
export async function runAnalysis(options: RunOptions, progress: Progress): Promise<Analysis> {
  const { state, version, scope, path } = options;
  const folders = analysisFolders(state);
  // Before the work: a state folder that cannot be written is better known now than in ten minutes.
  makeStateFolder(folders.runs);
  assertOutside(path, state);
  for (const folder of [folders.folder, folders.runs])
    for (const { path: left, reason } of removeLeftovers(folder).failed)
      progress.warn(`${left} was left by an interrupted run and could not be removed: ${reason}`);
  const now = options.now ?? new Date();
  const before = readRuns(state).findLast((run) => run.scope === scope && run.path === path);
  const expectedFiles = before?.stats.files;
  const found = await analyse(
    {
      ...options,
      now,
      cachePath: folders.hashes,
      ...(expectedFiles === undefined ? {} : { expectedFiles }),
    },
    progress,
  );
  progress.report({ stage: 'writing the run' });
  const pace = new Turns(progress);
  await using folder = await RunFolder.create(folders.runs, now);
  const allGroups = found.duplicates.groups;
  const analysis: Analysis = withFewerGroups({ run: folder.name, ...found });
  await writeRun(folder.tempPath, analysis, allGroups, metaOf(analysis, hostname(), version), pace);
  await pace.turn();
  try {
    await folder.commit();
  } finally {
    if (existsSync(folder.path)) options.onKept?.(analysis);
  }
  await writeIndex(state);
  return analysis;
}

/** The error of a command that fails after its run was kept. */
export function keptAllTheSame(error: unknown, run: string): OpsError {
  const state = `run ${run} is whole and kept`;
  if (!isOpsError(error)) return internalError(error, `The ${state}.`);
  if (error.code === 'E_INTERRUPTED') return interrupted(state);
  const said = new OpsError(error.code, `${error.message} The ${state} all the same.`, {
    suggestions: [...error.suggestions, `See it: om-ops analysis show ${run}`],
    cause: error,
  });
  return Object.assign(said, { exit: error.exit });
}

function assertOutside(path: string, state: string): void {
  if (!isWithin(realPath(path), realPath(state))) return;
  throw new OpsError(
    'E_STATE',
    `${path} lies in ${state}, where om-ops keeps its own files; those are not analysed.`,
    {
      exit: 'usage',
      suggestions: ['Choose a scope, or another folder: om-ops analysis run --path DIR'],
    },
  );
}

/** duplicates.csv has them all; the JSON only as many as can be read in one piece. */
function withFewerGroups(analysis: Analysis): Analysis {
  const { duplicates, capped } = analysis;
  if (duplicates.pathCount <= mostPaths) return analysis;
  const groups: DuplicateGroup[] = [];
  let paths = 0;
  for (const group of duplicates.groups) {
    paths += group.paths.length;
    if (paths > mostPaths) break;
    groups.push(group);
  }
  const cap = { key: 'duplicates.groups', shown: groups.length, total: duplicates.groupCount };
  return { ...analysis, duplicates: { ...duplicates, groups }, capped: [...capped, cap] };
}
