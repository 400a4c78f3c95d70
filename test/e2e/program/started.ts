import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

export const testProgram = join(import.meta.dirname, 'main.ts');

/** A site and a folder to meet in. */
export interface Meeting {
  folder: string;
  state: string;
  profile: string;
  has(name: string): boolean;
  put(name: string): void;
  log(): string;
}

export function meeting(test: CleansUp): Meeting {
  const folder = temporaryFolder(test);
  const state = join(folder, 'state');
  const profile = join(folder, 'om-ops.yaml');
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(profile, `site: demo\nroot: ${folder}\nstate: ${state}\n`);
  return {
    folder,
    state,
    profile,
    has: (name) => existsSync(join(folder, name)),
    put: (name) => writeFileSync(join(folder, name), ''),
    log: () => {
      const path = join(state, 'om-ops.log');
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    },
  };
}

export interface StartedProgram {
  pid: number;
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** Closes the reading end of its standard output. */
  closeOutput(): void;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts the test's program. It is ended with the test. */
export function startProgram(
  test: CleansUp,
  at: Meeting,
  argv: readonly string[],
  { folder = true }: { folder?: boolean } = {},
): StartedProgram {
  const where = folder ? ['--folder', at.folder] : [];
  const all = [testProgram, ...argv, ...where, '--site', at.profile];
  const { OM_OPS_SITE: _site, OM_OPS_STATE: _state, FORCE_COLOR: _colour, ...env } = process.env;
  const child = spawn(process.execPath, all, {
    env: { ...env, NO_COLOR: '1', HOME: at.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  test.after(() => void child.kill('SIGKILL'));
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal) => void child.kill(signal),
    closeOutput: () => void child.stdout.destroy(),
    ended,
  };
}

export async function untilHas(at: Meeting, name: string): Promise<void> {
  await waitFor(name, () => at.has(name));
}
