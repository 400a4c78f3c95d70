import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { interrupted, messageOf, OpsError, systemCode } from './errors.ts';
import { LineQueue, type OutputLine } from './lines.ts';
import { Redactor } from './redact.ts';

export interface ExecOptions {
  cwd?: string;
  /**
   * Added to the environment of om-ops; a variable that is undefined is kept from the program. Never
   * put a credential here: `/proc/PID/environ` shows it.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /** Written to the program's standard input, which is closed afterwards. Default: nothing to read. */
  input?: string | Uint8Array | Readable;
  /** Open file descriptors handed on as 3, 4, …: the way for credentials (`--defaults-extra-file=/dev/fd/3`). */
  inherit?: readonly number[];
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Exit codes that are an answer and not a failure. Default `[0]`. */
  accept?: readonly number[] | 'any';
  /** How to get the program, if it is missing. Default: by {@link howToInstall}. */
  install?: string;
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

const debianPackages: Readonly<Record<string, string>> = {
  'mariadb-dump': 'mariadb-client',
  mysqldump: 'mariadb-client',
  mariadb: 'mariadb-client',
  mysql: 'mariadb-client',
  pg_dump: 'postgresql-client',
  psql: 'postgresql-client',
  sqlite3: 'sqlite3',
  nginx: 'nginx',
  git: 'git',
};

/** One sentence on how to get a program that is not there. */
export function howToInstall(program: string): string {
  if (program === 'pm2') return 'Install it: npm install --global pm2';
  const name = debianPackages[program] ?? program;
  return `Install it: sudo apt-get install ${name}`;
}

/** The error for a program that is not on PATH. */
export function programMissing(program: string, install = howToInstall(program)): OpsError {
  return new OpsError('E_PROGRAM_MISSING', `The program \`${program}\` was not found.`, {
    exit: 'requirement',
    suggestions: [install, 'Check what else is missing: om-ops doctor'],
  });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join('\n').slice(-1000);
}

interface Ended {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut?: boolean;
  isCanceled?: boolean;
  failed?: boolean;
  cause?: unknown;
}

/** Only words of ours leave here: execa's own error quotes the command line. */
function failure(program: string, ended: Ended, stderr: string, options: ExecOptions): OpsError {
  if (ended.isCanceled === true || options.signal?.aborted === true) return interrupted();
  switch (systemCode(ended.cause)) {
    case 'ENOENT':
      if (options.cwd !== undefined && !existsSync(options.cwd)) {
        return new OpsError(
          'E_NOT_FOUND',
          `Cannot run \`${program}\` in ${options.cwd}: there is no such folder.`,
          {
            exit: 'requirement',
            suggestions: ['Check the path in the site profile: om-ops config show'],
          },
        );
      }
      return programMissing(program, options.install);
    case 'EACCES':
      return new OpsError(
        'E_PERMISSION',
        `\`${program}\` may not be executed: permission denied.`,
        {
          exit: 'requirement',
          suggestions: ['Run the command with sudo, or as the user who owns the program.'],
        },
      );
  }
  const said = new Redactor().foreign(lastLines(stderr));
  const how =
    ended.timedOut === true
      ? `did not end within ${Math.round((options.timeoutMs ?? 0) / 1000)} s`
      : ended.signal === undefined
        ? `failed with exit code ${ended.exitCode ?? '?'}`
        : `was ended by ${ended.signal}`;
  const why = said === '' && ended.cause !== undefined ? messageOf(ended.cause) : said;
  return new OpsError('E_PROGRAM_FAILED', `\`${program}\` ${how}${why === '' ? '.' : `: ${why}`}`);
}

async function start(program: string, args: readonly string[], options: ExecOptions) {
  options.signal?.throwIfAborted();
  const { execa } = await import('execa');
  const { input } = options;
  // Any open descriptor works; execa's types stop at single digits.
  const inherit = (options.inherit ?? []) as readonly 3[];
  return {
    child: execa(program, [...args], {
      buffer: false,
      reject: false,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...inherit],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      forceKillAfterDelay: 3000,
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

async function settle(program: string, child: Child, stderr: () => string, options: ExecOptions) {
  const ended = (await child) as Ended;
  const accepted =
    ended.exitCode !== undefined &&
    ended.isCanceled !== true &&
    ended.timedOut !== true &&
    (options.accept === 'any' || (options.accept ?? [0]).includes(ended.exitCode));
  if (!accepted) throw failure(program, ended, stderr(), options);
  return { exitCode: ended.exitCode ?? -1, stderr: stderr() };
}

/**
 * Runs a program to its end and returns what it printed, at most the last 64 MiB of stdout.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5), E_PERMISSION (5), E_PROGRAM_FAILED (1), E_INTERRUPTED (130).
 */
export async function exec(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { child } = await start(program, args, options);
  const stdout = keepTail(child.stdout, 64 * 1024 * 1024);
  const stderr = keepTail(child.stderr, 1024 * 1024);
  feed(child, options.input);
  const { exitCode } = await settle(program, child, stderr, options);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** Runs a program whose output is read while it runs. See {@link ExecStream}. */
export async function execStream(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecStream> {
  const { child } = await start(program, args, options);
  const stderr = keepTail(child.stderr, 1024 * 1024);
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
 * The lines a program prints, stdout and stderr in the order they come. Ends when it has ended, and
 * returns its exit code.
 *
 * @throws OpsError as {@link exec}, after the last line
 */
export async function* execLines(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): AsyncGenerator<OutputLine, { exitCode: number }> {
  const { child } = await start(program, args, options);
  const queue = new LineQueue();
  if (child.stdout) queue.add(child.stdout as Readable, 'stdout');
  if (child.stderr) queue.add(child.stderr as Readable, 'stderr');
  const stderr = keepTail(child.stderr, 64 * 1024);
  feed(child, options.input);
  const done = settle(program, child, stderr, options);
  done.catch(() => {});
  let isOver = false;
  try {
    yield* queue;
    isOver = true;
    const { exitCode } = await done;
    return { exitCode };
  } finally {
    if (!isOver) child.kill('SIGTERM');
  }
}

/**
 * Runs a program on the terminal of om-ops, as a shell would, and returns its exit code. Ctrl-C is the
 * program's while it runs.
 *
 * @throws OpsError E_PROGRAM_MISSING, E_PERMISSION (exit 5)
 */
export async function execForeground(program: string, args: readonly string[]): Promise<number> {
  const { execa } = await import('execa');
  const leaveItToTheProgram = () => {};
  process.on('SIGINT', leaveItToTheProgram);
  try {
    const ended = (await execa(program, [...args], { stdio: 'inherit', reject: false })) as Ended;
    if (systemCode(ended.cause) !== undefined) throw failure(program, ended, '', {});
    return ended.exitCode ?? 1;
  } finally {
    process.off('SIGINT', leaveItToTheProgram);
  }
}

/** The path of a program on PATH, or undefined. */
export function findProgram(program: string, path = process.env.PATH ?? ''): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? program : undefined;
  // Debian keeps nginx and friends where an unprivileged PATH does not look.
  for (const folder of [...path.split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    if (folder !== '' && isExecutable(join(folder, program))) return join(folder, program);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
