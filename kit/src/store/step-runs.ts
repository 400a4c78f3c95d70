import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonLines } from './jsonl.ts';
import { type Owner, ownerState } from './owner.ts';
import { labelOf, listRuns, type Run, removeRun } from './runs.ts';
import type { BegunStep, StepRecord, StepRunMeta } from './step-run.ts';

export interface ReadStepRun extends Run {
  /** `cut-off`: whoever made it is gone and did not end it. */
  state: 'running' | 'done' | 'failed' | 'undone' | 'cut-off';
  /** Undefined when `meta.json` is missing or damaged. What `close` was given stands in it. */
  meta: (StepRunMeta & Record<string, unknown>) | undefined;
  /** The steps that have ended. */
  steps: StepRecord[];
  /** Those that had begun and not ended, while it runs or where it was cut off. */
  unfinished: readonly BegunStep[];
  /** Sentences: what of the record cannot be read. */
  problems: string[];
}

/** A run of another host or container is taken for cut off when nothing was written for so long. */
const foreignPatienceMs = 24 * 3600 * 1000;

/**
 * The runs that `StepRun` kept in a folder, newest first. None when it does not exist.
 *
 * @throws OpsError E_PERMISSION, E_IO
 */
export async function readStepRuns(folder: string): Promise<ReadStepRun[]> {
  const runs: ReadStepRun[] = [];
  for (const run of listRuns(folder)) runs.push(await readStepRun(run));
  return runs;
}

async function readStepRun(run: Run): Promise<ReadStepRun> {
  const problems: string[] = [];
  const steps: StepRecord[] = [];
  // Before the steps: one that ends in between is then there twice, and not at all otherwise.
  const meta = metaOf(run, problems);
  for await (const line of readJsonLines(join(run.path, 'steps.jsonl'))) {
    if (line.problem === undefined) steps.push(line.value as StepRecord);
    else problems.push(`Line ${line.line} of steps.jsonl in ${run.path} cannot be read.`);
  }
  const ended = new Set(steps.map(({ number }) => number));
  const unfinished = (meta?.running ?? []).filter(({ number }) => !ended.has(number));
  return { ...run, state: stateOf(run, meta), meta, steps, unfinished, problems };
}

function metaOf(run: Run, problems: string[]): ReadStepRun['meta'] {
  try {
    const meta: unknown = JSON.parse(readFileSync(join(run.path, 'meta.json'), 'utf8'));
    if (typeof meta === 'object' && meta !== null && 'state' in meta && 'owner' in meta)
      return meta as StepRunMeta & Record<string, unknown>;
  } catch {
    // Said below.
  }
  problems.push(`meta.json in ${run.path} is missing or damaged.`);
  return undefined;
}

function stateOf(run: Run, meta: StepRunMeta | undefined): ReadStepRun['state'] {
  if (meta === undefined) return 'cut-off';
  if (meta.state !== 'running') return meta.state;
  switch (ownerState(meta.owner as Owner)) {
    case 'alive':
      return 'running';
    case 'dead':
      return 'cut-off';
    case 'elsewhere':
      return Date.now() - lastWrite(run) < foreignPatienceMs ? 'running' : 'cut-off';
  }
}

function lastWrite({ path }: Run): number {
  const times = [path, join(path, 'output'), join(path, 'steps.jsonl')].map(
    (one) => statSync(one, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times);
}

/** One run, by its name; undefined when there is none of that name. @throws OpsError E_PERMISSION, E_IO */
export async function readStepRunOf(
  folder: string,
  name: string,
): Promise<ReadStepRun | undefined> {
  const run = listRuns(folder).find((one) => one.name === name);
  return run === undefined ? undefined : readStepRun(run);
}

/**
 * Removes the oldest runs until `keep` are left. One that is going on stays and does not count.
 *
 * @param label only those of this label; default: all
 * @returns the names of those removed, oldest last
 * @throws OpsError E_PERMISSION
 */
export async function pruneStepRuns(
  folder: string,
  keep: number,
  label?: string,
): Promise<string[]> {
  const runs = listRuns(folder).filter((run) => label === undefined || labelOf(run) === label);
  const ended: Run[] = [];
  for (const run of runs) if ((await readStepRun(run)).state !== 'running') ended.push(run);
  const doomed = ended.slice(Math.max(keep, 0)).map(({ name }) => name);
  for (const name of doomed) removeRun(folder, name);
  return doomed;
}
