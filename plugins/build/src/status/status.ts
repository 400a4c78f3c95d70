import { join } from 'node:path';
import { isThere, type Progress, readStepRuns } from '@om-ops/kit';
import { type Census, countFolder } from '../parts/census.ts';
import { type GitState, gitState, lastCommit } from '../parts/git.ts';
import type { Part } from '../parts/part.ts';
import { newestSource } from '../parts/sources.ts';
import { keptFolders } from '../rebuild/way-back.ts';

export interface PartStatus {
  part: Part['name'];
  /** The dist. */
  path: string;
  /**
   * `stale`: sources were written, or commits made, after it was built. `off`: the site has no such part.
   * `unknown`: it is there, and nothing says how old its sources are.
   */
  state: 'fresh' | 'stale' | 'missing' | 'empty' | 'off' | 'unknown';
  /** A sentence. */
  why: string;
  exists: boolean;
  files: number;
  bytes: number;
  /** ISO 8601; null without files. */
  newest: string | null;
  sources: { newest: string; path: string } | null;
  git: (GitState & { lastCommit: string | null; lastCommitAt: string | null }) | null;
}

export interface RunStatus {
  name: string;
  /** `build:backend` */
  command: string;
  state: 'running' | 'done' | 'failed' | 'undone' | 'cut-off';
  startedAt: string | null;
  seconds: number | null;
  /** What went wrong; where it was when it was cut off. */
  problem: string | null;
  path: string;
}

export interface KeptStatus {
  part: Part['name'];
  path: string;
  /** Of the files in it; those that are links to live ones take no room of their own. */
  bytes: number;
  /** Null: it was cut off before anything was replaced. */
  run: string | null;
  since: string | null;
  isAtWork: boolean;
  /** What stands where, and what to do. */
  standing: string;
}

export interface BuildState {
  parts: PartStatus[];
  /** The newest first. */
  runs: RunStatus[];
  kept: KeptStatus[];
}

const mostRuns = 10;

export function runsFolder(state: string): string {
  return join(state, 'build/runs');
}

/** What was built, how old it is, how the last rebuilds ended, and what they left. Changes nothing. */
export async function buildState(
  parts: readonly Part[],
  state: string,
  progress: Progress,
): Promise<BuildState> {
  const { signal } = progress;
  const found: PartStatus[] = [];
  for (const part of parts) {
    progress.report({ stage: `looking at ${part.name}` });
    found.push(
      await partStatus(
        part,
        parts.filter((one) => one !== part),
        signal,
      ),
    );
  }
  const kept: KeptStatus[] = [];
  for (const part of parts) kept.push(...(await keptOf(part, signal)));
  return { parts: found, runs: await lastRuns(state), kept };
}

async function partStatus(
  part: Part,
  others: readonly Part[],
  signal: AbortSignal,
): Promise<PartStatus> {
  const { census } = await countFolder(part.dist, { signal });
  const head = { part: part.name, path: part.dist, ...counted(census) };
  const isThereAtAll = isThere(part.folder);
  if (!census.exists && !isThereAtAll && !part.isNamed)
    return {
      ...head,
      state: 'off',
      why: `There is no ${part.folder}: this site has no ${part.name}.`,
      sources: null,
      git: null,
    };
  const source = isThereAtAll ? await newestSource(part, others, signal) : undefined;
  const state = isThereAtAll ? await gitState(part.folder, signal) : undefined;
  const commit = state === undefined ? undefined : await lastCommit(part.folder, signal);
  return {
    ...head,
    ...age(part, census, source, commit),
    sources: source === undefined ? null : { newest: source.time, path: source.path },
    git:
      state === undefined
        ? null
        : { ...state, lastCommit: commit?.hash ?? null, lastCommitAt: commit?.time ?? null },
  };
}

function counted({ exists, files, bytes, newest }: Census) {
  return { exists, files, bytes, newest };
}

function age(
  part: Part,
  { exists, files, newest }: Census,
  source: { path: string; mtimeMs: number } | undefined,
  commit: { hash: string; time: string } | undefined,
): Pick<PartStatus, 'state' | 'why'> {
  if (!exists) return { state: 'missing', why: 'There is no dist: it was not built.' };
  if (files === 0 || newest === null) return { state: 'empty', why: 'The dist holds no files.' };
  const built = Date.parse(newest);
  if (source === undefined)
    return { state: 'unknown', why: `No sources were found in ${part.folder}.` };
  if (Math.floor(source.mtimeMs) > built)
    return { state: 'stale', why: `${source.path} was written after the newest file of dist.` };
  if (commit !== undefined && Date.parse(commit.time) > built)
    return {
      state: 'stale',
      why: `Commit ${commit.hash.slice(0, 10)} was made after the newest file of dist.`,
    };
  return { state: 'fresh', why: 'It is newer than all of its sources.' };
}

async function lastRuns(state: string): Promise<RunStatus[]> {
  const runs = await readStepRuns(runsFolder(state));
  return runs.slice(0, mostRuns).map(({ name, path, state: how, meta, steps, unfinished }) => {
    const failed = steps.find(({ outcome }) => outcome === 'failed');
    const at = unfinished.map(({ title }) => title).join(', ');
    const said =
      typeof meta?.problem === 'string' ? meta.problem : (failed?.error?.message ?? null);
    return {
      name,
      command: meta?.command ?? 'build',
      state: how,
      startedAt: meta?.startedAt ?? null,
      seconds: meta?.seconds ?? null,
      problem:
        how === 'cut-off' || how === 'running'
          ? at === ''
            ? null
            : `It was at: ${at}`
          : how === 'done'
            ? null
            : said,
      path,
    };
  });
}

async function keptOf(part: Part, signal: AbortSignal): Promise<KeptStatus[]> {
  const all: KeptStatus[] = [];
  for (const { path, wayBack, isAtWork } of keptFolders(part.folder)) {
    const { census } = await countFolder(path, { signal });
    all.push({
      part: part.name,
      path,
      bytes: census.bytes,
      run: wayBack?.run ?? null,
      since: wayBack?.since ?? null,
      isAtWork,
      standing: isAtWork
        ? 'A rebuild is going on, which needs it.'
        : wayBack === null
          ? `A rebuild was cut off before it replaced anything: ${part.dist} is as it was. The next om-ops build ${part.name} clears it away.`
          : `A rebuild was cut off: ${part.dist} may be half built, and what was there before is kept here. Put it back: om-ops build ${part.name} --put-back`,
    });
  }
  return all;
}
