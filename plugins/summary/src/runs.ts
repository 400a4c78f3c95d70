import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError, listRuns, OpsError, type Run, systemCode } from '@om-ops/kit';
import type { Summary, SummaryPanel } from './summary.ts';

/** A run that was kept. */
export type KeptSummary = Summary & { run: string };

export function runsFolder(state: string): string {
  return join(state, 'summary/runs');
}

/** How many runs history is made of. */
const remembered = 90;

/** The newest runs, newest first; those that cannot be understood are left out. @throws OpsError E_PERMISSION */
export async function keptRuns(state: string, most = remembered): Promise<KeptSummary[]> {
  const runs = listRuns(runsFolder(state)).slice(0, most);
  const read = await Promise.all(runs.map((run) => readRun(run)));
  return read.filter((run) => run !== undefined);
}

/**
 * The run of a name, or of its beginning; the newest without one.
 *
 * @throws OpsError E_NO_RUN, E_AMBIGUOUS (exit `usage`), E_BAD_RUN
 */
export async function keptRun(state: string, name?: string): Promise<KeptSummary> {
  const runs = listRuns(runsFolder(state));
  const fitting = name === undefined ? runs.slice(0, 1) : runs.filter((run) => run.name === name);
  const found =
    fitting.length > 0 ? fitting : runs.filter((run) => run.name.startsWith(name ?? ' '));
  const [run, other] = found;
  if (run === undefined) throw noRun(state, runs, name);
  if (other !== undefined) {
    throw new OpsError('E_AMBIGUOUS', `Several runs begin with ${name}.`, {
      exit: 'usage',
      suggestions: [`They are: ${namesOf(found)}.`],
    });
  }
  const summary = await readRun(run);
  if (summary === undefined) {
    throw new OpsError('E_BAD_RUN', `${join(run.path, 'summary.json')} is no summary.`, {
      suggestions: ['Take another run, or move this one away.'],
    });
  }
  return summary;
}

const listed = 5;

function namesOf(runs: readonly Run[]): string {
  const names = runs.slice(0, listed).map((run) => run.name);
  return runs.length > listed ? `${names.join(', ')} …` : names.join(', ');
}

function noRun(state: string, runs: readonly Run[], name: string | undefined): OpsError {
  const what = name === undefined ? 'no run yet' : `no run ${name}`;
  return new OpsError('E_NO_RUN', `There is ${what} in ${runsFolder(state)}.`, {
    exit: 'usage',
    suggestions: [
      runs.length === 0 ? 'Make one: om-ops summary run' : `The newest are: ${namesOf(runs)}.`,
    ],
  });
}

async function readRun({ name, path }: Run): Promise<KeptSummary | undefined> {
  const file = join(path, 'summary.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fromSystemError(error, 'read', file);
  }
  try {
    const value = JSON.parse(text) as Partial<Summary> | null;
    const isWhole =
      typeof value?.at === 'string' &&
      Array.isArray(value.panels) &&
      value.panels.every(isPanel) &&
      Array.isArray(value.attention) &&
      Array.isArray(value.changes);
    return isWhole ? { ...(value as Summary), run: name } : undefined;
  } catch {
    return undefined;
  }
}

function isPanel(value: Partial<SummaryPanel> | null): boolean {
  return (
    typeof value?.topic === 'string' &&
    typeof value.state === 'string' &&
    Array.isArray(value.metrics)
  );
}
