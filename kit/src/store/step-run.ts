import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, isOpsError, messageOf, OpsError, systemCode } from '../errors.ts';
import { type ExecOptions, execLines } from '../exec.ts';
import type { OutputLine, Redact } from '../lines.ts';
import { writeFileAtomicSync } from './atomic.ts';
import { makeStateFolder } from './folders.ts';
import { appendJsonLine } from './jsonl.ts';
import { currentOwner, type Owner } from './owner.ts';
import { StepOutput } from './step-output.ts';
import { isoWithOffset, stampSecond } from './time.ts';

/** How a run ended. */
export type StepRunOutcome = 'done' | 'failed' | 'undone';

/** One step of a run, as a line of `steps.jsonl`. */
export interface StepRecord {
  /** From 1 on, in the order they began. */
  number: number;
  title: string;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  /** `undone`: it put back what others had done. */
  outcome: 'ok' | 'failed' | 'skipped' | 'undone';
  /** Of the last program it ran. */
  exitCode?: number;
  notes?: string[];
  /** `file` below the run's folder. */
  output?: { file: string; lines: number; cut: boolean };
  error?: { code: string; message: string };
}

/** A step that has begun and not ended: while the run goes on, or where it was cut off. */
export interface BegunStep {
  number: number;
  title: string;
  startedAt: string;
  /** Below the run's folder; there once it has printed something. */
  file: string;
}

/** `meta.json`. What `close` was given beside the outcome stands beside these keys. */
export interface StepRunMeta {
  command: string;
  argv: readonly string[];
  startedAt: string;
  owner: Owner;
  state: 'running' | StepRunOutcome;
  /** Empty once it has ended. */
  running: readonly BegunStep[];
  endedAt?: string;
  seconds?: number;
}

export interface StepRunHead {
  /** `build:backend` */
  command: string;
  argv: readonly string[];
  /** Takes secrets out of everything that is kept, before it is written: `this.operation.redactor`. */
  redact: Redact;
  /** Told when something could not be kept: the run goes on. */
  warn(message: string): void;
  /** What the run is of, behind the time in its name: small letters, digits and dashes. Default: nothing. */
  label?: string;
  /** Default now. */
  date?: Date;
}

/** What a step may do with its record. */
export interface Step {
  /** Where its output goes. */
  readonly outputPath: string;
  /**
   * Runs a program and keeps what it prints, stdout and stderr in the order they come.
   *
   * @throws OpsError as `exec`, with the last lines and where all of them are
   */
  exec(
    program: string,
    args: readonly string[],
    options?: ExecOptions,
  ): Promise<{ exitCode: number; seconds: number }>;
  /** Keeps a line. */
  output(line: OutputLine): void;
  /** Keeps a sentence in the record. */
  note(text: string): void;
  /** Says that it is none of `ok`, with the reason. It then ends without an error. */
  ends(outcome: 'skipped' | 'undone', why: string): void;
}

const secondsSince = (started: number): number => Math.round(performance.now() - started) / 1000;

/**
 * A run whose steps are kept while it goes on, under its own name from the start: what was cut off is
 * exactly what one wants to look at afterwards. The folder holds `meta.json`, `steps.jsonl` (a line
 * when a step has ended) and `output/01-npm-ci.log`. Read with `readStepRuns`.
 *
 * What cannot be written once the run has begun, as on a full disk, is told to `warn` and stops nothing.
 */
export class StepRun implements AsyncDisposable {
  readonly name: string;
  readonly path: string;
  readonly #head: StepRunHead;
  readonly #started = performance.now();
  readonly #startedAt: string;
  readonly #owner = currentOwner();
  readonly #running = new Map<number, BegunStep>();
  #steps = 0;
  #isOpen = true;

  private constructor(path: string, name: string, head: StepRunHead) {
    this.name = name;
    this.path = path;
    this.#head = head;
    this.#startedAt = isoWithOffset(head.date ?? new Date());
  }

  /**
   * @param folder e.g. STATE/build/runs; made when missing
   * @throws OpsError E_PERMISSION, E_DISK_FULL, E_READ_ONLY
   */
  static async open(folder: string, head: StepRunHead): Promise<StepRun> {
    makeStateFolder(folder);
    const stamp = stampSecond(head.date ?? new Date());
    const name = madeFolder(folder, head.label === undefined ? stamp : `${stamp}-${head.label}`);
    const path = join(folder, name);
    try {
      mkdirSync(join(path, 'output'), { mode: 0o700 });
      const run = new StepRun(path, name, head);
      run.#writeMeta('running');
      return run;
    } catch (error) {
      rmSync(path, { recursive: true, force: true });
      throw fromSystemError(error, 'begin the record', path);
    }
  }

  /** Runs one step and keeps how it went. @throws what `work` throws */
  async step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw new Error(`${this.path} was closed before.`);
    this.#steps += 1;
    const number = this.#steps;
    const head = {
      number,
      title: this.#head.redact.foreign(title),
      startedAt: isoWithOffset(new Date()),
    };
    const file = `output/${String(number).padStart(2, '0')}-${slugOf(head.title)}.log`;
    this.#running.set(number, { ...head, file });
    this.#keep(() => this.#writeMeta('running'));
    const step = new RunningStep(join(this.path, file), this.#head);
    try {
      const value = await work(step);
      await this.#ended(head, file, step.ended());
      return value;
    } catch (error) {
      await this.#ended(head, file, step.ended(error));
      throw error;
    }
  }

  /**
   * Ends the record. Does nothing when it was closed before.
   *
   * @param extra kept in `meta.json`, texts in it without secrets
   */
  async close(outcome: StepRunOutcome, extra: Record<string, unknown> = {}): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#running.clear();
    this.#keep(() =>
      this.#writeMeta(outcome, {
        ...(redacted(extra, this.#head.redact) as Record<string, unknown>),
        endedAt: isoWithOffset(new Date()),
        seconds: secondsSince(this.#started),
      }),
    );
  }

  /** A run that nobody closed has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close('failed');
  }

  async #ended(
    head: Pick<StepRecord, 'number' | 'title' | 'startedAt'>,
    file: string,
    { output, problem, ...rest }: EndedStep,
  ): Promise<void> {
    const record: StepRecord = {
      ...head,
      ...rest,
      ...(output === undefined ? {} : { output: { file, ...output } }),
    };
    if (problem !== undefined) this.#complain(problem);
    try {
      await appendJsonLine(join(this.path, 'steps.jsonl'), record);
    } catch (error) {
      this.#complain(messageOf(error));
    }
    this.#running.delete(head.number);
    this.#keep(() => this.#writeMeta('running'));
  }

  #writeMeta(state: StepRunMeta['state'], more: Record<string, unknown> = {}): void {
    const { command, argv, redact } = this.#head;
    const meta: StepRunMeta = {
      ...more,
      command,
      argv: argv.map((one) => redact.foreign(one)),
      startedAt: this.#startedAt,
      owner: this.#owner,
      state,
      running: [...this.#running.values()],
    };
    writeFileAtomicSync(join(this.path, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`);
  }

  #keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#complain(messageOf(error));
    }
  }

  #complain(problem: string): void {
    this.#head.warn(`The record of this run is not whole (${this.path}): ${problem}`);
  }
}

type EndedStep = Omit<StepRecord, 'number' | 'title' | 'startedAt' | 'output'> & {
  output?: { lines: number; cut: boolean };
  problem?: string;
};

class RunningStep implements Step {
  readonly outputPath: string;
  readonly #output: StepOutput;
  readonly #redact: Redact;
  readonly #clean: (line: string) => string;
  readonly #started = performance.now();
  readonly #notes: string[] = [];
  #outcome: StepRecord['outcome'] = 'ok';
  #exitCode: number | undefined;

  constructor(outputPath: string, { redact }: StepRunHead) {
    this.outputPath = outputPath;
    this.#output = new StepOutput(outputPath);
    this.#redact = redact;
    this.#clean = redact.foreignLines();
  }

  async exec(
    program: string,
    args: readonly string[],
    options: ExecOptions = {},
  ): Promise<{ exitCode: number; seconds: number }> {
    const started = performance.now();
    const { accept = [0] } = options;
    const last: string[] = [];
    const lines = execLines(program, args, { ...options, redact: this.#redact, accept: 'any' });
    for (;;) {
      const next = await lines.next();
      if (next.done === true) {
        const { exitCode } = next.value;
        this.#exitCode = exitCode;
        if (accept === 'any' || accept.includes(exitCode))
          return { exitCode, seconds: secondsSince(started) };
        throw this.#failure(program, exitCode, last);
      }
      const { text } = next.value;
      this.#output.line(text);
      if (text.trim() !== '') last.push(text);
      if (last.length > 4) last.shift();
    }
  }

  #failure(program: string, exitCode: number, last: readonly string[]): OpsError {
    const said = last.join('\n').slice(-1000);
    return new OpsError(
      'E_PROGRAM_FAILED',
      `\`${program}\` failed with exit code ${exitCode}${said === '' ? '.' : `: ${said}`}`,
      { suggestions: [`Read all it printed: ${this.outputPath}`] },
    );
  }

  output({ text }: OutputLine): void {
    this.#output.line(this.#clean(text));
  }

  note(text: string): void {
    this.#notes.push(this.#redact.foreign(text));
  }

  ends(outcome: 'skipped' | 'undone', why: string): void {
    this.#outcome = outcome;
    this.note(why);
  }

  ended(...thrown: [error?: unknown]): EndedStep {
    const { isEmpty } = this.#output;
    const output = this.#output.close();
    const { problem } = this.#output;
    const [error] = thrown;
    return {
      seconds: secondsSince(this.#started),
      outcome: thrown.length === 0 ? this.#outcome : 'failed',
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
      ...(this.#notes.length === 0 ? {} : { notes: this.#notes }),
      ...(isEmpty ? {} : { output }),
      ...(thrown.length === 0
        ? {}
        : {
            error: {
              code: isOpsError(error) ? error.code : 'E_INTERNAL',
              message: this.#redact.foreign(messageOf(error)),
            },
          }),
      ...(problem === undefined ? {} : { problem }),
    };
  }
}

/** Several may begin in the same second; whoever makes the folder has the name. */
function madeFolder(folder: string, first: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? first : `${first}-${number}`;
    try {
      mkdirSync(join(folder, name), { mode: 0o700 });
      return name;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST')
        throw fromSystemError(error, 'make the folder', join(folder, name));
    }
  }
}

function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return slug === '' ? 'step' : slug;
}

function redacted(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact.foreign(value);
  if (Array.isArray(value)) return value.map((one) => redacted(one, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, redacted(one, redact)]),
  );
}
