import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ExecOptions, type ExecStream, execStream, OpsError } from '@om-ops/kit';
import { git } from '../git.ts';
import { gitEnvironment } from './environment.ts';
import { type RunsAs, runsAs } from './trust.ts';

export interface GitOptions {
  /** Written to its standard input. */
  input?: string | Uint8Array | Readable;
  env?: Readonly<Record<string, string | undefined>>;
  /** Exit codes that are an answer. Default `[0]`. */
  accept?: readonly number[] | 'any';
  signal?: AbortSignal | undefined;
  graceMs?: number;
  /** Default: the top of the work tree. */
  cwd?: string;
}

export interface GitAnswer {
  exitCode: number;
  stdout: Buffer;
  /** As git wrote it, not redacted. */
  stderr: string;
  /** stdout as text without the line feed at its end. */
  text(): string;
}

export interface RepositoryPlace {
  /** The top of the work tree. */
  top: string;
  /** The folder of this work tree's HEAD and index. */
  gitDir: string;
  /** Who owns it, when that is somebody else. */
  owner: { uid: number; gid: number } | undefined;
}

/** A repository with a work tree. Every call is a git of its own, in an environment without surprises. */
export class Repository implements RepositoryPlace {
  readonly top: string;
  readonly gitDir: string;
  readonly owner: { uid: number; gid: number } | undefined;
  #runsAs: Promise<RunsAs> | undefined;

  constructor({ top, gitDir, owner }: RepositoryPlace) {
    this.top = top;
    this.gitDir = gitDir;
    this.owner = owner;
  }

  /** As whom git runs in it, and whose its files have to be. @throws OpsError E_FOREIGN_REPOSITORY (exit 5) */
  runsAs(signal?: AbortSignal): Promise<RunsAs> {
    this.#runsAs ??= runsAs(this, signal);
    return this.#runsAs;
  }

  /** @throws OpsError E_GIT_FAILED (exit 1) with what git said; E_FOREIGN_REPOSITORY (5); as `exec` */
  async run(
    args: readonly string[],
    { accept = [0], ...rest }: GitOptions = {},
  ): Promise<GitAnswer> {
    const options = await this.#execOptions(rest);
    const answer = await answerOf(await git.stream(args, options));
    const { exitCode, stderr } = answer;
    if (accept !== 'any' && !accept.includes(exitCode)) throw gitFailed(args, stderr, exitCode);
    return answer;
  }

  /** A shell, in which `"$git"` is git, that must not write the user's index. Whatever its exit code. @throws as `exec` */
  async shell(script: string, options: Omit<GitOptions, 'accept'>): Promise<GitAnswer> {
    const env = { GIT_OPTIONAL_LOCKS: '0', ...options.env, git: git.need() };
    const started = await execStream(
      '/bin/sh',
      ['-c', script],
      await this.#execOptions({ ...options, env }),
    );
    return answerOf(started);
  }

  async #execOptions({
    env,
    cwd = this.top,
    signal,
    ...rest
  }: Omit<GitOptions, 'accept'>): Promise<ExecOptions> {
    const other = await this.runsAs(signal);
    return {
      ...rest,
      ...(signal === undefined ? {} : { signal }),
      cwd,
      ...(other === undefined ? {} : { user: other.uid }),
      env: { ...gitEnvironment(other !== undefined), ...env },
      accept: 'any',
    };
  }

  /** For what only looks: git must not write the index on the way. */
  look(args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
    return this.run(args, { ...options, env: { GIT_OPTIONAL_LOCKS: '0', ...options.env } });
  }

  /** A setting's value; undefined when it is not set. */
  async setting(name: string, signal?: AbortSignal): Promise<string | undefined> {
    const { exitCode, stdout } = await this.look(['config', '-z', '--get', name], {
      accept: [0, 1],
      signal,
    });
    return exitCode === 0 ? stdout.toString('utf8').replace(/\0$/, '') : undefined;
  }
}

async function answerOf({ stdout, done }: ExecStream): Promise<GitAnswer> {
  const printed = await buffer(stdout);
  const { exitCode, stderr } = await done;
  const text = () => printed.toString('utf8').replace(/\n$/, '');
  return { exitCode, stdout: printed, stderr, text };
}

/** The subcommand of a command line of git. */
function subcommand(args: readonly string[]): string {
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '-c') at += 1;
    else return args[at] ?? '';
  }
  return '';
}

/** What git said, without its hints. */
export function saidBy(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.replace(/^(?:fatal|error): /, '').trimEnd())
    .filter((line) => line !== '' && !/^(?:hint|warning):/.test(line))
    .slice(-6)
    .join('\n')
    .replace(/\.$/, '');
}

/** A git that failed, in its own words. The caller's output redacts them. */
export function gitFailed(args: readonly string[], stderr: string, exitCode: number): OpsError {
  const said = saidBy(stderr);
  const what = `git ${subcommand(args)}`;
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    return new OpsError('E_DISK_FULL', `\`${what}\` failed: no space is left on the disk.`, {
      suggestions: ['Free some space in the file system of the repository.'],
    });
  }
  const lock = /Unable to create '([^']+\.lock)': File exists/.exec(stderr)?.[1];
  if (lock !== undefined) {
    return new OpsError(
      'E_GIT_BUSY',
      `Another git is at work on the repository: ${lock} is there.`,
      {
        suggestions: [
          'Run the command again when the other git has ended.',
          `If none is running, one was cut off; remove its lock: rm ${lock}`,
        ],
      },
    );
  }
  if (/Permission denied|insufficient permission/i.test(stderr)) {
    return new OpsError('E_PERMISSION', `\`${what}\` may not do that: ${said}.`, {
      exit: 'requirement',
      suggestions: ['Run the command as the user who owns the repository.'],
    });
  }
  return new OpsError(
    'E_GIT_FAILED',
    `\`${what}\` failed with exit code ${exitCode}${said === '' ? '.' : `: ${said}.`}`,
  );
}
