import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** A folder that goes with the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-store-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file system of a few KiB; undefined where one may not be mounted. */
export function tinyDisk(context: TestContext, bytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-store-'));
  context.after(() => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const options = ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder];
  if (process.getuid?.() !== 0 || spawnSync('mount', options).status !== 0) return undefined;
  return folder;
}

export interface Worker {
  process: ChildProcess;
  /** Resolves when the worker has printed so many lines. */
  lines(count: number): Promise<string[]>;
  /** Resolves with everything it printed when it has ended; rejects when it failed. */
  end(): Promise<string[]>;
  /** SIGKILL, then waits for its end. Resolves with everything it printed. */
  kill(): Promise<string[]>;
}

export function startWorker(context: TestContext, ...args: (string | number)[]): Worker {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'worker.ts'), ...args.map(String)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  context.after(() => child.kill('SIGKILL'));
  const printed: string[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    printed.push(line);
    reader.emit('printed');
  });
  const ended = Promise.all([once(child, 'close'), once(reader, 'close')]);
  return {
    process: child,
    async lines(count) {
      while (printed.length < count) {
        await Promise.race([once(reader, 'printed'), ended]);
        if (child.exitCode !== null && printed.length < count) {
          throw new Error(`the worker ended early: ${stderr}`);
        }
      }
      return printed;
    },
    async end() {
      await ended;
      if (child.exitCode !== 0) throw new Error(`the worker failed: ${stderr}`);
      return printed;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
      return printed;
    },
  };
}
