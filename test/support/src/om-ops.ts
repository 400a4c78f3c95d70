import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The envelope of docs/surface.md, loosely: tests look into results of every shape. */
export interface Envelope<R = Record<string, unknown>> {
  ok: boolean;
  command: string;
  result: R;
  error: { code: string; message: string; suggestions: string[]; exit: number };
  warnings: string[];
}

export interface RunResult {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  json<R = Record<string, unknown>>(): Envelope<R>;
}

export interface RunOptions {
  /** The program; default: bin/om-ops of the checkout. */
  program?: string;
  cwd?: string;
  env?: Record<string, string | undefined>;
  input?: string;
  uid?: number;
  gid?: number;
  /** Called with the process when it has started. */
  onStart?(pid: number): void;
}

export const checkout = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

let home: string | undefined;

/** A HOME for this process, the same at every call, gone when it ends: what is in the user's own decides nothing. */
export function ownHome(): string {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'om-ops-home-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    home = made;
  }
  return home;
}

/** Runs the real program as a user would, without a terminal, and waits for its end. HOME: {@link ownHome}. */
export function runOmOps(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const {
    OM_OPS_SITE: _site,
    OM_OPS_STATE: _state,
    FORCE_COLOR: _colour,
    ...inherited
  } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(options.program ?? join(checkout, 'bin/om-ops'), [...argv], {
      cwd: options.cwd ?? '/',
      env: { ...inherited, HOME: ownHome(), NO_COLOR: '1', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('spawn', () => {
      if (child.pid !== undefined) options.onStart?.(child.pid);
    });
    child.on('close', (code) => {
      resolve({
        code,
        stdout,
        stderr,
        json<R>() {
          try {
            return JSON.parse(stdout) as Envelope<R>;
          } catch {
            throw new Error(
              `stdout is no JSON document: ${stdout.slice(0, 500)}\nstderr: ${stderr.slice(0, 500)}`,
            );
          }
        },
      });
    });
  });
}
