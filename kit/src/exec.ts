import { constants as osConstants } from 'node:os';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { systemCode } from './errors.ts';
import { type Ended, programFailure, programMissing } from './exec-failure.ts';
import { findProgram } from './find-program.ts';
import { asWritten, LineQueue, LineSplitter, type OutputLine, type Redact } from './lines.ts';
import { runAs } from './run-as.ts';

export { programMissing } from './exec-failure.ts';
export { findProgram } from './find-program.ts';

export interface ExecOptions {
  cwd?: string;
  /**
   * Added to the environment of om-ops; a variable that is undefined is kept from the program. Never
   * put a credential here: `/proc/PID/environ` shows it.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * False: the program gets `env` and nothing else, no PATH either. For what outlives om-ops and would
   * keep the operator's environment: a process manager. Default true.
   */
  inheritEnv?: boolean;
  /**
   * Runs it as this user, by name or number, with the user's groups and, with `inheritEnv`, the user's HOME. Needs root,
   * unless om-ops is that user.
   */
  user?: string | number;
  /** Written to the program's standard input, which is closed afterwards. Default: nothing to read. */
  input?: string | Uint8Array | Readable;
  /** Open file descriptors handed on as 3, 4, …: the way for credentials (`--defaults-extra-file=/dev/fd/3`). */
  inherit?: readonly number[];
  /** Ends the program and whatever it has started: SIGTERM to its whole process group. */
  signal?: AbortSignal;
  timeoutMs?: number;
  /** From SIGTERM to SIGKILL. Default 3000. */
  graceMs?: number;
  /**
   * True: it outlives om-ops, and SIGTERM reaches only the program itself, which ends its own children.
   * Default false. Either way it is no member of om-ops' process group: Ctrl-C on the terminal reaches it
   * through om-ops, once.
   */
  detached?: boolean;
  /** Exit codes that are an answer and not a failure. Default `[0]`. */
  accept?: readonly number[] | 'any';
  /** How to get the program, if it is missing, as a sentence. */
  install?: string;
  /** Called with each line of standard error as it comes, as it was written: not redacted. */
  onError?(line: string): void;
}

export interface ExecResult {
  /** -1 when a signal ended the program. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ExecStream {
  stdout: Readable;
  /**
   * Settles when the program has ended and its output was read. Rejects as {@link exec} does.
   * A consumer has to await it: a stream that ends is no proof that the program succeeded.
   */
  done: Promise<{ exitCode: number; stderr: string }>;
}

/** How long a program may take that only looks: `--version`, a status. */
const lookMs = 20_000;

async function passwdLine(user: string): Promise<string> {
  return (await exec('getent', ['passwd', user], { accept: 'any', timeoutMs: lookMs })).stdout;
}

/** What is really started, and with which additions to the environment. */
async function commandLine(program: string, args: readonly string[], options: ExecOptions) {
  const inherits = options.inheritEnv ?? true;
  const path = options.env?.PATH ?? (inherits ? process.env.PATH : undefined);
  // Some programs call themselves by their argv0 in what they print.
  const plain = {
    program: findProgram(program, path) ?? program,
    args: [...args],
    env: {},
    argv0: { argv0: program },
  };
  if (options.user === undefined) return plain;
  const other = await runAs(options.user, program, args, { look: passwdLine, path });
  if (other === undefined) return plain;
  return { ...other, env: inherits ? other.env : {}, argv0: {} };
}

async function start(program: string, args: readonly string[], options: ExecOptions) {
  options.signal?.throwIfAborted();
  const { execa } = await import('execa');
  const { input, detached = false } = options;
  const line = await commandLine(program, args, options);
  // Any open descriptor works; execa's types stop at single digits.
  const inherit = (options.inherit ?? []) as readonly 3[];
  return {
    child: execa(line.program, line.args, {
      ...line.argv0,
      buffer: false,
      reject: false,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...inherit],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...line.env, ...options.env },
      extendEnv: options.inheritEnv ?? true,
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      forceKillAfterDelay: options.graceMs ?? 3000,
      detached,
      cleanup: !detached,
      killDescendants: !detached,
    }),
  };
}

type Child = Awaited<ReturnType<typeof start>>['child'];

function feed(child: Child, input: ExecOptions['input']): void {
  const { stdin } = child;
  if (input === undefined || stdin === null || stdin === undefined) return;
  // A program that ends before it has read its input is judged by its exit code.
  stdin.on('error', () => {});
  if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else input.pipe(stdin);
}

/** Keeps the end of a stream, so that a chatty program cannot fill the memory. */
function keepTail(stream: Readable | null | undefined, most: number): () => string {
  let kept = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    kept = (kept + chunk).slice(-most);
  });
  return () => kept;
}

/** Standard error: its end for what is said when the program fails, its lines for whoever watches. */
function keepError(child: Child, { onError }: ExecOptions): () => string {
  if (onError !== undefined && child.stderr) {
    const splitter = new LineSplitter(asWritten);
    const { stderr } = child;
    const take = (lines: readonly string[]) => {
      for (const line of lines) onError(line);
    };
    stderr.on('data', (chunk: Buffer | string) => take(splitter.push(chunk)));
    stderr.once('end', () => take(splitter.end()));
  }
  return keepTail(child.stderr, 1024 * 1024);
}

async function settle(program: string, child: Child, stderr: () => string, options: ExecOptions) {
  const ended = (await child) as Ended;
  const accepted =
    ended.exitCode !== undefined &&
    ended.isCanceled !== true &&
    ended.timedOut !== true &&
    (options.accept === 'any' || (options.accept ?? [0]).includes(ended.exitCode));
  if (!accepted) throw programFailure(program, ended, stderr(), options);
  return { exitCode: ended.exitCode ?? -1, stderr: stderr() };
}

/**
 * Runs a program to its end and returns what it printed, at most the last 64 MiB of stdout. What is no
 * UTF-8 comes as U+FFFD.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5), E_PERMISSION (5), E_NO_USER (5), E_PROGRAM_FAILED (1),
 * E_PROGRAM_TIMED_OUT (1), E_INTERRUPTED (130)
 */
export async function exec(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { child } = await start(program, args, options);
  const stdout = keepTail(child.stdout, 64 * 1024 * 1024);
  const stderr = keepError(child, options);
  feed(child, options.input);
  const { exitCode } = await settle(program, child, stderr, options);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** Runs a program that only looks: {@link exec} that waits no longer than 20 s, unless told otherwise. */
export function execLook(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  return exec(program, args, { timeoutMs: lookMs, ...options });
}

/** Runs a program whose output is read while it runs. See {@link ExecStream}. */
export async function execStream(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecStream> {
  const { child } = await start(program, args, options);
  const stderr = keepError(child, options);
  feed(child, options.input);
  const done = settle(program, child, stderr, options);
  // Whoever awaits `done` later still gets the rejection; until then it must not end the process.
  done.catch(() => {});
  if (child.stdout === null || child.stdout === undefined)
    throw programMissing(program, options.install);
  // Taken up at once: execa lets go of what nobody reads yet when a quick program has ended.
  const stdout = new PassThrough({ highWaterMark: 256 * 1024 });
  pipeline(child.stdout, stdout, () => {});
  return { stdout, done };
}

/**
 * The lines a program prints, stdout and stderr in the order they come, without secrets. Ends when it has
 * ended, and returns its exit code; a consumer that stops reading ends it. A line above 64 KiB comes in pieces; what is no UTF-8
 * as U+FFFD. No further is read than the lines are taken.
 *
 * @param options.redact takes secrets out of what others wrote: `this.operation.redactor`
 * @throws OpsError as {@link exec}, after the last line
 */
export async function* execLines(
  program: string,
  args: readonly string[],
  options: ExecOptions & { redact: Redact },
): AsyncGenerator<OutputLine, { exitCode: number }> {
  const stop = new AbortController();
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const { child } = await start(program, args, { ...options, signal });
  const queue = new LineQueue(options.redact);
  for (const from of ['stdout', 'stderr'] as const) {
    const stream = child[from] as Readable | null | undefined;
    if (stream) queue.add(stream, (text) => ({ text, from }));
  }
  let said = '';
  feed(child, options.input);
  const done = settle(program, child, () => said, options);
  done.catch(() => {});
  let isOver = false;
  try {
    for await (const line of queue) {
      if (line.from === 'stderr') said = `${said}${line.text}\n`.slice(-4096);
      yield line;
    }
    isOver = true;
    const { exitCode } = await done;
    return { exitCode };
  } finally {
    if (!isOver) {
      queue.discard();
      stop.abort();
      await done.catch(() => {});
    }
  }
}

/**
 * Runs a program on the terminal of om-ops, as a shell would, and returns its exit code, 128 and more when a signal
 * ended it. Ctrl-C is the program's while it runs; `signal` ends it with SIGTERM.
 *
 * @param options.output `stderr`: what it prints goes there, for a command whose own stdout is one document
 * @throws OpsError E_PROGRAM_MISSING, E_PERMISSION, E_NO_USER (exit 5)
 */
export async function execForeground(
  program: string,
  args: readonly string[],
  options: Pick<ExecOptions, 'cwd' | 'env' | 'inheritEnv' | 'user' | 'signal'> & {
    output?: 'stderr';
  } = {},
): Promise<number> {
  const { execa } = await import('execa');
  const leaveItToTheProgram = () => {};
  const line = await commandLine(program, args, options);
  process.on('SIGINT', leaveItToTheProgram);
  try {
    const ended = (await execa(line.program, line.args, {
      ...line.argv0,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...line.env, ...options.env },
      extendEnv: options.inheritEnv ?? true,
      ...(options.signal === undefined
        ? {}
        : { cancelSignal: options.signal, forceKillAfterDelay: false }),
      stdio: options.output === 'stderr' ? ['inherit', 2, 2] : 'inherit',
      reject: false,
    })) as Ended & { signal?: NodeJS.Signals };
    if (systemCode(ended.cause) !== undefined) throw programFailure(program, ended, '', {});
    if (ended.signal !== undefined) return 128 + (osConstants.signals[ended.signal] ?? 0);
    return ended.exitCode ?? 1;
  } finally {
    process.off('SIGINT', leaveItToTheProgram);
  }
}
