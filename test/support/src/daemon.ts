import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that runs until it is stopped. */
export interface Daemon {
  readonly pid: number;
  /** What it wrote to stderr and stdout so far. */
  output(): string;
  /** Resolves once it has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** SIGTERM, and SIGKILL when that does not help within 10 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program and waits until it has printed what `ready` matches. */
export async function startDaemon(
  program: string,
  args: readonly string[],
  ready: RegExp,
  options: SpawnOptions & { timeoutMs?: number } = {},
): Promise<Daemon> {
  const { timeoutMs = 30_000, ...spawnOptions } = options;
  const child = spawn(program, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
  // A test run that dies leaves no servers behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  ended.then(() => process.off('exit', kill));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      kill();
      reject(new Error(`${program} was not ready after ${timeoutMs} ms:\n${output}`));
    }, timeoutMs);
    const listen = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-64_000);
      if (!ready.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('error', reject);
    ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`${program} ended before it was ready:\n${output}`));
    });
  });
  return {
    pid: child.pid!,
    output: () => output,
    ended,
    stop: (signal = 'SIGTERM') => stop(child, ended, signal),
  };
}

async function stop(child: ChildProcess, ended: Promise<void>, signal: NodeJS.Signals) {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

export interface Account {
  uid: number;
  gid: number;
  name: string;
}

/** Who a server runs as that refuses to run as root: undefined when we are not root anyway. */
export function unprivilegedAccount(names: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of [...names, 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(`None of these users exists: ${names.join(', ')}, nobody.`);
}

/** The full path of a program, searched in `folders`, on PATH and where Debian keeps servers. Throws when it is not there. */
export function programPath(name: string, folders: readonly string[] = []): string {
  const path = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  for (const folder of [...folders, ...path, '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here; the next folder may have it.
    }
  }
  throw new Error(`The tests need the program ${name}.`);
}
