import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  isoWithOffset,
  isThere,
  makeStateFolder,
  OpsError,
  stampSecond,
  writeFileAtomic,
} from '@om-ops/kit';
import { readSmallFile } from '@om-ops/kit/site';
import type { Book, BookStep } from '../book/book.ts';

export interface RunStep extends BookStep {
  state: 'open' | 'done' | 'skipped' | 'failed';
  at: string | null;
  by: string | null;
  note: string | null;
  /** Of its command; null: nothing was run. */
  exit: number | null;
  /** Of its proof; null: it has none, or it was not asked. */
  checkExit: number | null;
  /** What the command said, in one sentence. */
  said: string | null;
}

/** `run.json`: a book that is followed, and how far. */
export interface BookRun {
  run: string;
  book: string;
  title: string;
  alert: string | null;
  startedAt: string;
  endedAt: string | null;
  state: 'open' | 'done' | 'aborted';
  reason: string | null;
  steps: RunStep[];
}

/** `STATE/runbooks/runs` */
export function runsFolder(state: string): string {
  return join(state, 'runbooks/runs');
}

export async function startRun(state: string, book: Book, alert: string | null): Promise<BookRun> {
  const folder = runsFolder(state);
  makeStateFolder(folder);
  const stamp = `${stampSecond(new Date())}-${book.name}`;
  let run = stamp;
  for (let number = 2; isThere(join(folder, run)); number++) run = `${stamp}-${number}`;
  mkdirSync(join(folder, run), { mode: 0o700 });
  const made: BookRun = {
    run,
    book: book.name,
    title: book.title,
    alert,
    startedAt: isoWithOffset(new Date()),
    endedAt: null,
    state: 'open',
    reason: null,
    steps: book.steps.map((step) => ({
      ...step,
      state: 'open',
      at: null,
      by: null,
      note: null,
      exit: null,
      checkExit: null,
      said: null,
    })),
  };
  await keepRun(state, made);
  return made;
}

export async function keepRun(state: string, run: BookRun): Promise<void> {
  await writeFileAtomic(
    join(runsFolder(state), run.run, 'run.json'),
    `${JSON.stringify(run, null, 2)}\n`,
  );
}

/** The newest first. */
export function allRuns(state: string): BookRun[] {
  const folder = runsFolder(state);
  if (!isThere(folder)) return [];
  return readdirSync(folder)
    .sort()
    .reverse()
    .flatMap((name) => {
      try {
        return [
          JSON.parse(readSmallFile(join(folder, name, 'run.json'), 'run of a runbook')) as BookRun,
        ];
      } catch {
        return [];
      }
    });
}

/**
 * @param named undefined: the one that is open
 * @throws OpsError E_NO_RUN (exit 2)
 */
export function runNamed(state: string, named: string | undefined, mustBeOpen: boolean): BookRun {
  const all = allRuns(state);
  const found =
    named === undefined
      ? all.find((run) => run.state === 'open')
      : all.find(({ run }) => run === named);
  if (found === undefined || (mustBeOpen && found.state !== 'open'))
    throw new OpsError(
      'E_NO_RUN',
      named === undefined
        ? 'No runbook is being followed.'
        : found === undefined
          ? `There is no run ${named}.`
          : `The run ${named} has ended (${found.state}).`,
      {
        exit: 'usage',
        suggestions: [
          'Start one: om-ops runbook start NAME',
          'See those there were: om-ops runbook history',
        ],
      },
    );
  return found;
}

/** The first step that is open; undefined: there is none. */
export function nextStep({ steps }: BookRun): RunStep | undefined {
  return steps.find(({ state }) => state === 'open');
}

/** Ends the run when no step is open. */
export function settled(run: BookRun): BookRun {
  if (run.state === 'open' && nextStep(run) === undefined) {
    run.state = 'done';
    run.endedAt = isoWithOffset(new Date());
  }
  return run;
}
