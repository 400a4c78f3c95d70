import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { allProcesses, type ProcessInfo, processOf, startedAt } from '@om-ops/kit/proc';
import type { PlainProcess } from '../../site.ts';

/** Which process a plain service is, by what cannot be mistaken. */
export interface Found {
  /** Its main processes; more than one when it was started twice. */
  processes: ProcessInfo[];
  /** Why what the pid file names is not it, as a sentence. */
  stale?: string;
}

/**
 * The process of a plain service: what its pid file names, if that has its command line and was there when the
 * file was written; else whatever has this very command line, user and folder. Never by a part of a name.
 *
 * @param uid of the user it runs as
 */
export function findProcess(service: PlainProcess, uid: number | undefined): Found {
  const { pidfile } = service;
  const isIt = (one: ProcessInfo) =>
    one.state !== 'Z' &&
    (uid === undefined || one.uid === uid) &&
    hasCommandLine(one, service) &&
    isInFolder(one, service.cwd);
  const named = pidfile === null ? undefined : namedProcess(pidfile);
  if (named?.process !== undefined && named.wasThere && isIt(named.process))
    return { processes: [named.process] };
  const all = allProcesses().filter(isIt);
  const pids = new Set(all.map(({ pid }) => pid));
  const processes = all.filter(({ parent }) => !pids.has(parent));
  const stale = named === undefined ? undefined : whyStale(pidfile ?? '', named);
  return { processes, ...(stale === undefined ? {} : { stale }) };
}

interface Named {
  pid: number;
  process: ProcessInfo | undefined;
  /** It was started before the file was written. */
  wasThere: boolean;
}

function namedProcess(pidfile: string): Named | undefined {
  try {
    const pid = Number(/^\s*(\d+)\s*$/.exec(readFileSync(pidfile, 'utf8'))?.[1]);
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const found = processOf(pid);
    // The clock of starts counts hundredths, that of files is a little behind.
    const written = statSync(pidfile).mtimeMs + 2000;
    return { pid, process: found, wasThere: found !== undefined && startedAt(found) <= written };
  } catch {
    return undefined;
  }
}

function whyStale(pidfile: string, { pid, process, wasThere }: Named): string {
  if (process === undefined) return `${pidfile} names pid ${pid}, and there is no such process.`;
  const what = process.argv.join(' ').slice(0, 120);
  return wasThere
    ? `${pidfile} names pid ${pid}, which is another process: ${what}`
    : `${pidfile} names pid ${pid}, which was started after it was written: ${what}`;
}

/** Exactly; of a script that names its interpreter in its first line, the interpreter stands before. */
function hasCommandLine({ argv, pid }: ProcessInfo, { argv: wanted, cwd }: PlainProcess): boolean {
  const before = argv.length - wanted.length;
  if (before < 0 || before > 2) return false;
  const end = argv.slice(before);
  if (!wanted.every((one, at) => one === end[at] || samePath(one, end[at] ?? '', pid, cwd)))
    return false;
  return before === 0 || startsWithScript(wanted[0] ?? '', argv.slice(0, before), cwd);
}

/** `bin/run` and `/srv/app/bin/run`, where that is the same. */
function samePath(wanted: string, seen: string, pid: number, cwd: string): boolean {
  if (!wanted.includes('/') && !seen.includes('/')) return false;
  return resolve(cwd, wanted) === resolve(folderOf(pid) ?? cwd, seen);
}

function startsWithScript(script: string, interpreter: readonly string[], cwd: string): boolean {
  try {
    const first = readFileSync(resolve(cwd, script), 'latin1').slice(0, 256).split('\n')[0] ?? '';
    const words = first.replace(/^#!\s*/, '').split(/\s+/);
    return (
      first.startsWith('#!') &&
      interpreter.every((one) => words.some((word) => word.endsWith(one) || one.endsWith(word)))
    );
  } catch {
    return false;
  }
}

function isInFolder({ pid }: ProcessInfo, cwd: string): boolean {
  const folder = folderOf(pid);
  // What may not be seen speaks neither for it nor against it.
  return folder === undefined || folder === cwd;
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
