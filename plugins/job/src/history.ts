import { type ReadStepRun, readStepRuns } from '@om-ops/kit';
import type { JobRecord } from './run/run.ts';
import { runsFolder } from './run/run.ts';

export interface PastRun {
  job: string;
  run: string;
  startedAt: string;
  state: 'running' | 'done' | 'failed' | 'skipped' | 'cut-off';
  exit: number | null;
  meaning: string | null;
  component: string | null;
  seconds: number | null;
  /** Where all it printed is; null: nothing was kept. */
  log: string | null;
}

/** The runs of a job that are kept, the newest first. */
export async function historyOf(state: string, job: string): Promise<PastRun[]> {
  return (await readStepRuns(runsFolder(state, job))).map((run) => pastRun(job, run));
}

function pastRun(
  job: string,
  { name, path, state, meta, steps, unfinished }: ReadStepRun,
): PastRun {
  const kept = meta?.job as JobRecord | undefined;
  const file = steps[0]?.output?.file ?? unfinished[0]?.file;
  return {
    job,
    run: name,
    startedAt: meta?.startedAt ?? '',
    state: state === 'undone' ? 'failed' : kept?.state === 'skipped' ? 'skipped' : state,
    exit: kept?.exit ?? null,
    meaning: kept?.meaning ?? null,
    component: kept?.component ?? null,
    seconds: kept?.seconds ?? meta?.seconds ?? null,
    log: file === undefined ? null : `${path}/${file}`,
  };
}

/** Of the runs that ended by themselves, in percent; null: there are none. */
export function successPercent(runs: readonly PastRun[]): number | null {
  const ended = runs.filter(
    ({ state }) => state === 'done' || state === 'failed' || state === 'cut-off',
  );
  if (ended.length === 0) return null;
  return Math.round((100 * ended.filter(({ state }) => state === 'done').length) / ended.length);
}

/** How often it failed since it last went well. */
export function failuresInARow(runs: readonly PastRun[]): number {
  const ended = runs.filter(({ state }) => state !== 'running' && state !== 'skipped');
  const good = ended.findIndex(({ state }) => state === 'done');
  return good === -1 ? ended.length : good;
}
