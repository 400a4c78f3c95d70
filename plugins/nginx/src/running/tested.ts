import { lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { execLook, type Program } from '@om-ops/kit';
import type { Master } from './master.ts';
import type { OwnedPaths } from './owned-paths.ts';

/** What `nginx -t` said. */
export interface TestResult {
  outcome: 'valid' | 'invalid' | 'forbidden';
  /** The command as it was run. */
  command: readonly string[];
  /** What it wrote, without the two lines of success. */
  lines: readonly string[];
  /** Where it stumbled, if it says so. */
  file: string | null;
  line: number | null;
  /** What it complained of, in its words. */
  message: string | null;
  /** What it made and was taken away again. */
  removed: readonly string[];
}

/** The arguments of `nginx -t` for a configuration as the running master reads it. */
export function testArguments(conf: string, prefix: string | undefined): string[] {
  return ['-t', '-c', conf, ...(prefix === undefined ? [] : ['-p', prefix])];
}

/**
 * Lets nginx test a configuration. As root it makes log files, folders and the pid file that are missing, an empty
 * one: what was not there before is taken away again.
 */
export async function testConfiguration(
  nginx: Program,
  {
    conf,
    prefix,
    owned,
    master,
    signal,
  }: {
    conf: string;
    prefix: string | undefined;
    owned: OwnedPaths;
    master: Master | undefined;
    signal: AbortSignal;
  },
): Promise<TestResult> {
  const args = testArguments(conf, prefix);
  const missing = { files: owned.files.filter(isAbsent), folders: owned.folders.filter(isAbsent) };
  let removed: string[] = [];
  let ended: { exitCode: number; stderr: string };
  try {
    ended = await execLook(nginx.need(), args, { accept: 'any', signal });
  } finally {
    removed = takeAway(missing, master);
  }
  return { ...judged(ended), command: [nginx.need(), ...args], removed };
}

function judged({ exitCode, stderr }: { exitCode: number; stderr: string }) {
  const lines = stderr
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(
      (line) =>
        line !== '' &&
        !/^nginx: (?:the )?configuration file .* (?:syntax is ok|test is successful|test failed)$/.test(
          line,
        ),
    );
  if (exitCode === 0)
    return { outcome: 'valid', lines, file: null, line: null, message: null } as const;
  const emerg =
    lines.findLast((line) => /\[(?:emerg|crit)\]/.test(line)) ??
    lines.at(-1) ??
    'it gave no reason';
  const message = emerg.replace(/^.*?\[\w+\] (?:\d+#\d+: )?/, '');
  const [, file = null, line = null] = / in (\S.*?):(\d+)$/.exec(message) ?? [];
  const isForbidden = /\(13: Permission denied\)|Permission denied:/.test(message);
  return {
    outcome: isForbidden && process.getuid?.() !== 0 ? 'forbidden' : 'invalid',
    lines,
    file,
    line: line === null ? null : Number(line),
    message,
  } as const;
}

function isAbsent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Only what is empty, and what the running nginx has not opened meanwhile. */
function takeAway(
  { files, folders }: { files: readonly string[]; folders: readonly string[] },
  master: Master | undefined,
): string[] {
  const pids = master === undefined ? [] : [master.pid, ...master.workers.map(({ pid }) => pid)];
  const made = files.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.size === 0);
  const open = made.length === 0 ? new Set<string>() : openFiles(pids);
  const removed = made.filter((path) => !open.has(path));
  for (const path of removed) rmSync(path, { force: true });
  for (const folder of folders) {
    try {
      rmdirSync(folder);
      removed.push(folder);
    } catch {
      // It is not there, or somebody uses it by now.
    }
  }
  return removed;
}

function openFiles(pids: readonly number[]): Set<string> {
  const open = new Set<string>();
  for (const pid of pids) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`))
        open.add(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      // It ended, or belongs to somebody else.
    }
  }
  return open;
}
