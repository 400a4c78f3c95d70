import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Turns } from '@om-ops/kit';
import { escapePath, isEscaped } from '../paths/escape.ts';
import { isWithin, realPath } from '../paths/real.ts';

/** A path that a running process has open, runs, or works in. */
export interface OpenPath {
  /** Real. */
  path: string;
  pid: number;
  program: string;
  /** An open file that is written: only ever at its end, as logs are, or anywhere. */
  writes?: 'end' | 'anywhere';
}

/** A process that does not show what it uses. */
export interface HiddenProcess {
  pid: number;
  program: string;
}

export interface ProcessUses {
  paths: OpenPath[];
  /** Processes of other users, which may use anything. `isComplete`: all that run are listed. */
  hidden: HiddenProcess[];
  /** False when not even the list of processes is whole. */
  isComplete: boolean;
}

/** @param root its real path */
export type OpenPaths = (root: string, pace: Turns) => Promise<ProcessUses>;

const argumentsRead = 6;
const appends = 0o2000;
const accessMode = 0o3;
const deleted = / \(deleted\)$/;

/**
 * What processes have to do with paths below `root`: open files, the folders they work in, the
 * programs they are and the scripts they were started with. Without being root, one's own
 * processes, and of others only what their command line says.
 */
export const processPaths: OpenPaths = async (root, pace) => {
  const paths: OpenPath[] = [];
  const hidden: HiddenProcess[] = [];
  const pids = listed('/proc')?.filter((name) => /^\d+$/.test(name)) ?? [];
  for (const name of pids) {
    if (Number(name) === process.pid) continue;
    await pace.turn();
    const folder = join('/proc', name);
    const pid = Number(name);
    const cwd = linkOf(join(folder, 'cwd'));
    const exe = linkOf(join(folder, 'exe'));
    const words = commandLine(folder);
    let program: string | undefined;
    const named = (): string => (program ??= programOf(folder, exe, words));
    const seen = new Set([cwd, exe, ...scripts(words, cwd)]);
    for (const path of seen)
      if (path !== undefined && isWithin(path, root)) paths.push({ path, pid, program: named() });
    const descriptors = listed(join(folder, 'fd'));
    // Kernel threads have neither a command line nor files.
    if (descriptors === undefined && words.length > 0) hidden.push({ pid, program: named() });
    for (const fd of descriptors ?? []) {
      const path = linkOf(join(folder, 'fd', fd));
      if (path === undefined || !isWithin(path, root)) continue;
      const writes = writing(textOf(join(folder, 'fdinfo', fd)));
      if (writes === undefined && seen.has(path)) continue;
      paths.push({
        path,
        pid,
        program: named(),
        ...(writes === undefined ? {} : { writes }),
      });
    }
  }
  // Under hidepid even the first process of all is not listed.
  return { paths, hidden, isComplete: pids.includes('1') };
};

/**
 * What a process is called: after the program that runs, else as it calls itself. Not `comm`, which
 * is the name of its first thread: `MainThread` in Node.
 */
function programOf(folder: string, exe: string | undefined, words: readonly string[]): string {
  if (exe !== undefined) return basename(exe.replace(deleted, ''));
  // `nginx: worker process`, `-bash`, `node /srv/app/index.js` in one piece
  const [own = ''] = (words[0] ?? '').split(/\s/, 1);
  const name = basename(own.replace(/:$/, '').replace(/^-/, ''));
  return name === '' ? textOf(join(folder, 'comm')).trim() : name;
}

function commandLine(folder: string): string[] {
  return textOf(join(folder, 'cmdline')).split('\0').slice(0, argumentsRead).filter(Boolean);
}

/** Arguments that look like paths, also in a title that a process has given itself. */
function scripts(words: readonly string[], cwd: string | undefined): string[] {
  return words
    .flatMap((word) => (word.includes(' ') ? [word, ...word.split(' ')] : [word]))
    .filter((word) => word.includes('/') && !word.startsWith('-'))
    .filter((word) => word.startsWith('/') || cwd !== undefined)
    .flatMap((word) => {
      const path = resolve(cwd ?? '/', word);
      const real = realPath(path);
      return real === path ? [path] : [path, real];
    });
}

function writing(fdinfo: string): OpenPath['writes'] {
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(fdinfo)?.[1] ?? '0', 8);
  if ((flags & accessMode) === 0) return undefined;
  return (flags & appends) === 0 ? 'anywhere' : 'end';
}

// A process may end at any moment, and others' are closed to all but root.
function listed(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? [] : undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    const target = readlinkSync(path);
    return target.includes('\ufffd') || isEscaped(target)
      ? escapePath(readlinkSync(path, 'buffer'))
      : target;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
