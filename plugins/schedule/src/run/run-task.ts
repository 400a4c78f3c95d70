import { rmSync } from 'node:fs';
import {
  currentOwner,
  currentTime,
  exitCodes,
  isOpsError,
  isoWithOffset,
  messageOf,
  pruneStepRuns,
  type Redact,
  type StepRecord,
  StepRun,
} from '@om-ops/kit';
import type { Due } from '../due.ts';
import type { SchedulePlaces } from '../folder.ts';
import type { LedgerPlace } from '../ledger/ledger.ts';
import { appendLines } from '../ledger/ledger.ts';
import type { Begun, Outcome } from '../ledger/line.ts';
import { commandLine, type Step, type Task } from '../task/task.ts';
import { outcomeOf, worstExit } from './outcome.ts';

export interface RunContext {
  places: SchedulePlaces;
  /** The program `om-ops` itself. */
  launcher: string;
  /** The site profile in use, if there is one. */
  profile: string | undefined;
  /** `schedule:tick` */
  command: string;
  by: string;
  redact: Redact;
  signal: AbortSignal;
  keepRuns: number;
  warn(message: string): void;
  /** Whether a guarded command line was confirmed. */
  isConfirmed(step: Step): boolean;
  /** See `Operation.protect`. */
  protect<T>(what: string, deadlineMs: number, work: () => Promise<T>): Promise<T>;
}

export interface StepResult {
  /** `backup run database` */
  command: string;
  /** Null: it was not started. */
  exit: number | null;
  outcome: StepRecord['outcome'];
  seconds: number;
  /** Why it failed, or was passed over. */
  why: string | null;
}

/** How a run of a task went. */
export interface RunResult {
  task: string;
  title: string;
  period: string | null;
  due: string | null;
  why: Due['why'];
  attempt: number;
  request: string | null;
  /** The folder of its record, below STATE/schedule/runs. */
  run: string;
  exit: number;
  outcome: Outcome;
  seconds: number;
  steps: StepResult[];
}

/** A command may have to take something back, which has to come to its end. */
const graceMs = 90_000;

/**
 * Runs the commands of a task, one after the other: one that fails does not stop the next. Whoever calls holds the lock of
 * the task. That it begins is on the disk before the first starts.
 *
 * @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY: it did not begin
 */
export async function runTask(task: Task, due: Due, context: RunContext): Promise<RunResult> {
  const { places, command, by, redact, warn } = context;
  const { period, why, attempt, request } = due;
  const dueAt = due.why === 'hand' ? null : isoWithOffset(due.due);
  await using run = await StepRun.open(places.runs, {
    command,
    argv: [task.id],
    label: task.id,
    redact,
    warn,
    date: currentTime(),
  });
  const started = performance.now();
  const begun: Begun = {
    state: 'begun',
    at: isoWithOffset(currentTime()),
    task: task.id,
    period,
    due: dueAt,
    run: run.name,
    why,
    attempt,
    request,
    by,
    owner: currentOwner(),
  };
  try {
    await appendLines(places.ledger, [begun]);
  } catch (error) {
    // What has not begun leaves no record of a run.
    rmSync(run.path, { recursive: true, force: true });
    throw error;
  }
  const steps = await runSteps(task, run, context);
  const exit = context.signal.aborted
    ? exitCodes.interrupted
    : worstExit(steps.map((step) => step.exit ?? exitCodes.incomplete));
  const outcome = outcomeOf(exit);
  const seconds = Math.round(performance.now() - started) / 1000;
  const result = { period, due: dueAt, why, attempt, request, exit, outcome, seconds };
  await run.close(outcome === 'failed' || outcome === 'interrupted' ? 'failed' : 'done', {
    task: task.id,
    ...result,
  });
  await noteDown(places.ledger, { task: task.id, run: run.name, exit, outcome, seconds }, warn);
  await pruneStepRuns(places.runs, context.keepRuns, task.id).catch((error) =>
    warn(`Old records of ${task.id} could not be removed: ${messageOf(error)}`),
  );
  return { task: task.id, title: task.title, ...result, run: run.name, steps };
}

/** The task is done by then: what cannot be written down makes it no failure, and the next tick finds it cut off. */
async function noteDown(
  ledger: LedgerPlace,
  ended: { task: string; run: string; exit: number; outcome: Outcome; seconds: number },
  warn: (message: string) => void,
): Promise<void> {
  try {
    await appendLines(ledger, [{ state: 'ended', at: isoWithOffset(currentTime()), ...ended }]);
  } catch (error) {
    warn(`How ${ended.task} ended could not be written down: ${messageOf(error)}`);
  }
}

async function runSteps(task: Task, run: StepRun, context: RunContext): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of task.steps) {
    if (context.signal.aborted) break;
    results.push(await runStep(task, step, run, context));
  }
  return results;
}

async function runStep(
  task: Task,
  step: Step,
  run: StepRun,
  context: RunContext,
): Promise<StepResult> {
  const command = commandLine(step);
  const started = performance.now();
  const end = (result: Pick<StepResult, 'exit' | 'outcome' | 'why'>): StepResult => ({
    command,
    ...result,
    seconds: Math.round(performance.now() - started) / 1000,
  });
  const passedOver = whyPassedOver(step, context);
  try {
    return await run.step(`om-ops ${command}`, async (record) => {
      if (passedOver !== undefined) {
        record.ends('skipped', passedOver);
        return end({ exit: null, outcome: 'skipped', why: passedOver });
      }
      const { exitCode: exit } = await context.protect(
        `ending om-ops ${command}`,
        Number.POSITIVE_INFINITY,
        () =>
          record.exec(context.launcher, argumentsOf(step, context), {
            env: { OM_OPS_PARENT: `${context.command}@${run.name}`, NO_COLOR: '1' },
            signal: context.signal,
            timeoutMs: task.timeoutMs,
            graceMs,
            detached: true,
            accept: 'any',
          }),
      );
      const outcome = outcomeOf(exit) === 'failed' ? 'failed' : 'ok';
      return end({ exit, outcome, why: outcome === 'ok' ? null : `it ended with exit ${exit}` });
    });
  } catch (error) {
    const exit = context.signal.aborted
      ? exitCodes.interrupted
      : isOpsError(error)
        ? error.exit
        : exitCodes.failed;
    return end({ exit, outcome: 'failed', why: context.redact.foreign(messageOf(error)) });
  }
}

/** Why a guarded command is passed over. */
export const notConfirmed = 'it has not been confirmed (om-ops schedule install does that)';

function whyPassedOver(step: Step, { isConfirmed }: RunContext): string | undefined {
  if (!step.installed) return 'no installed plugin has this command';
  if (step.guarded && !isConfirmed(step)) return notConfirmed;
  return undefined;
}

/** The arguments behind `om-ops`; behind `--` there are no flags. */
function argumentsOf({ argv, guarded }: Step, { profile }: RunContext): string[] {
  const more = [
    ...(profile === undefined ? [] : ['--site', profile]),
    ...(guarded ? ['--confirm', 'YES APPLY'] : []),
  ];
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return [...argv.slice(0, end), ...more, ...argv.slice(end)];
}
