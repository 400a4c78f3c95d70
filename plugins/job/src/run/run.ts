import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExitCode,
  execLines,
  execLook,
  isOpsError,
  OpsError,
  type Progress,
  parseDuration,
  pruneStepRuns,
  type Redactor,
  readEnvFiles,
  type Site,
  StepRun,
} from '@om-ops/kit';
import type { NamedJob } from '../site.ts';
import { environmentOf, programOf } from './environment.ts';

export interface JobRecord {
  job: string;
  /** The name of its record; null: a dry run. */
  run: string | null;
  state: 'planned' | 'done' | 'failed' | 'skipped';
  /** What the script ended with; null: it did not run, or a signal ended it. */
  exit: number | null;
  /** Of the exit code, by the profile; or why it was skipped. */
  meaning: string | null;
  component: string | null;
  seconds: number | null;
  /** Where all it printed is; null: it printed nothing. */
  log: string | null;
  /** The last lines, without secrets. */
  lastLines: string[];
}

/** Ends with the script's own exit code instead of one of om-ops'. */
export class RawExit extends OpsError {
  override readonly exit: ExitCode;

  constructor(failure: OpsError, exit: number) {
    super(failure.code, failure.message, { suggestions: failure.suggestions });
    this.exit = exit as ExitCode;
  }
}

/** `STATE/jobs/runs/NAME` */
export function runsFolder(state: string, name: string): string {
  return join(state, 'jobs/runs', name);
}

export interface RunOptions {
  site: Site;
  args: readonly string[];
  argv: readonly string[];
  /** Whether `when` is asked at all. */
  always: boolean;
  redactor: Redactor;
  progress: Progress;
  /** Told as soon as there is a record, and when it is cut off. */
  begun(run: JobRecord): void;
}

/**
 * Runs a script as its entry says, and keeps a record of it.
 *
 * @returns what it did, and the error to end with; undefined: it did what it was to do
 * @throws OpsError E_INTERRUPTED (exit 130), and what keeps it from being started (exit 5)
 */
export async function runJob(
  job: NamedJob,
  options: RunOptions,
): Promise<{ run: JobRecord; failure?: OpsError }> {
  const { site, progress, redactor } = options;
  const cwd = site.below(job.cwd);
  needFolder(cwd, job.name);
  const folder = runsFolder(site.state, job.name);
  await using record = await StepRun.open(folder, {
    command: `job:run:${job.name}`,
    argv: options.argv,
    redact: redactor,
    warn: (message) => progress.warn(message),
  });
  const run: JobRecord = {
    job: job.name,
    run: record.name,
    state: 'failed',
    exit: null,
    meaning: null,
    component: null,
    seconds: null,
    log: null,
    lastLines: [],
  };
  options.begun(run);
  try {
    const skip = options.always ? undefined : await whySkipped(job, site, cwd, progress.signal);
    if (skip !== undefined) {
      run.state = 'skipped';
      run.meaning = skip;
      await record.close('done', { job: run });
      return { run };
    }
    const failure = await executed(job, cwd, run, record, options);
    await record.close(failure === undefined ? 'done' : 'failed', { job: run });
    return failure === undefined ? { run } : { run, failure };
  } catch (error) {
    options.begun(run);
    await record.close('failed', {
      job: run,
      error: isOpsError(error) ? error.code : 'E_UNEXPECTED',
    });
    throw error;
  } finally {
    await pruneStepRuns(folder, job.keep).catch((error: unknown) =>
      progress.warn(`Old runs of ${job.name} stay: ${error}`),
    );
  }
}

function needFolder(cwd: string, name: string): void {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new OpsError('E_NOT_FOUND', `The folder ${cwd} of the job ${name} is not there.`, {
    exit: 'requirement',
    suggestions: [`Correct jobs.${name}.cwd in the site profile: om-ops config show`],
  });
}

/** As the end of `It was skipped, because …`. */
export async function whySkipped(
  job: NamedJob,
  site: Site,
  cwd: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { env, argv } = job.when;
  if (env !== null && (readEnvFiles(site).values.get(env) ?? '') === '') return `${env} is not set`;
  if (argv === null) return undefined;
  const [program = '', ...args] = argv;
  const { exitCode } = await execLook(programOf(program, cwd), args, {
    cwd,
    signal,
    accept: 'any',
    inheritEnv: false,
    env: await environmentOf(job, site, signal),
    ...(job.user === null ? {} : { user: job.user }),
  });
  return exitCode === 0 ? undefined : `${program} says no (exit code ${exitCode})`;
}

async function executed(
  job: NamedJob,
  cwd: string,
  run: JobRecord,
  record: StepRun,
  { site, args, redactor, progress }: RunOptions,
): Promise<OpsError | undefined> {
  const [program = '', ...own] = job.argv;
  const env = await environmentOf(job, site, progress.signal);
  const started = performance.now();
  return record.step(program, async (step) => {
    let printed = 0;
    try {
      const lines = execLines(programOf(program, cwd), [...own, ...args], {
        cwd,
        env,
        inheritEnv: false,
        redact: redactor,
        signal: progress.signal,
        timeoutMs: parseDuration(job.timeout),
        graceMs: 10_000,
        accept: 'any',
        ...(job.user === null ? {} : { user: job.user }),
      });
      for (let next = await lines.next(); ; next = await lines.next()) {
        if (next.done === true) {
          run.exit = next.value.exitCode < 0 ? null : next.value.exitCode;
          break;
        }
        step.output(next.value);
        printed += 1;
        const { text } = next.value;
        if (text.trim() === '') continue;
        progress.report({ detail: text.slice(0, 200) });
        run.lastLines.push(text);
        if (run.lastLines.length > 10) run.lastLines.shift();
      }
    } finally {
      run.seconds = Math.round(performance.now() - started) / 1000;
      if (printed > 0) run.log = step.outputPath;
    }
    step.note(
      run.exit === null ? 'It was ended by a signal.' : `It ended with exit code ${run.exit}.`,
    );
    const failure = failureOf(job, run);
    if (failure === undefined) run.state = 'done';
    return failure;
  });
}

/** What an exit code is a failure of; undefined: none. Fills in what it means. */
export function failureOf(job: NamedJob, run: JobRecord): OpsError | undefined {
  const known = run.exit === null ? undefined : job.exitCodes[String(run.exit)];
  if (known !== undefined) {
    run.meaning = known.meaning;
    run.component = known.component;
  }
  if (known === undefined ? run.exit === 0 : known.exit === 0) return undefined;
  const how = run.exit === null ? 'was ended by a signal' : `ended with exit code ${run.exit}`;
  const what = known === undefined ? '' : `: ${known.meaning}`;
  const exits = { 1: 'failed', 5: 'requirement', 6: 'unhealthy', 7: 'incomplete' } as const;
  return new OpsError(known?.code ?? 'E_JOB_FAILED', `${job.name} ${how}${what}.`, {
    exit: known === undefined || known.exit === 0 ? 'failed' : exits[known.exit],
    suggestions: [
      run.log === null
        ? `See its runs: om-ops job history ${job.name}`
        : `Read all it printed: ${run.log}`,
    ],
  });
}
