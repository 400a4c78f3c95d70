import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Built } from './program.ts';

export interface Worker {
  pid: number;
  startedMs: number;
  /** It serves its last requests and takes no new ones. */
  isLeaving: boolean;
}

export interface Master {
  pid: number;
  startedMs: number;
  /** The program and its arguments, as it was started. */
  argv: readonly string[];
  /** The folder relative names count from, if it was started with one. */
  prefix: string | undefined;
  /** The main file it reads. */
  conf: string;
  workers: readonly Worker[];
}

interface Found {
  pid: number;
  parent: number;
  startedMs: number;
  title: string;
}

const masterTitle = /^nginx: master process (.*)$/s;
const leaving = 'nginx: worker process is shutting down';

/** Ticks of /proc a second: the same on every Linux that nginx runs on. */
const ticks = 100;

/**
 * The running master that reads a configuration, from /proc: pid files are stale, empty and missing. Those of
 * containers read files of the same name that are others.
 *
 * @param conf absolute
 * @param pidFile what the configuration names; it decides between several, and for one whose title does not tell
 */
export function findMaster(
  conf: string,
  built: Built,
  pidFile: string | undefined,
): Master | undefined {
  const all = processes();
  const masters = all.flatMap((one) => {
    const command = masterTitle.exec(one.title)?.[1];
    return command === undefined ? [] : [masterOf(one, command, built, all)];
  });
  const wanted = real(conf);
  const reading = masters.filter((one) => real(one.conf) === wanted);
  const named = pidFile === undefined ? undefined : pidIn(pidFile);
  return (
    reading.find(({ pid }) => pid === named) ??
    reading[0] ??
    masters.find((one) => one.pid === named && isUnclear(one, conf))
  );
}

/** A title tells neither where a relative prefix began nor where a name with blanks ends. */
function isUnclear({ argv, prefix }: Master, conf: string): boolean {
  return (prefix !== undefined && !prefix.startsWith('/')) || argv.join(' ').includes(`-c ${conf}`);
}

/** The same master as it is now; undefined when it has ended. */
export function sameMaster(master: Master): Master | undefined {
  const all = processes();
  const found = all.find(({ pid }) => pid === master.pid);
  if (found === undefined || !masterTitle.test(found.title)) return undefined;
  return { ...master, workers: workersOf(master.pid, all) };
}

function masterOf(found: Found, command: string, built: Built, all: readonly Found[]): Master {
  const argv = command.split(' ');
  const after = (flag: string) => {
    const at = argv.findIndex((word) => word.startsWith(flag));
    if (at === -1) return undefined;
    const word = argv[at] as string;
    return word.length > flag.length ? word.slice(flag.length) : argv[at + 1];
  };
  const prefix = after('-p');
  const conf = after('-c') ?? (prefix === undefined ? built.conf : relativeTo(prefix, built));
  return {
    pid: found.pid,
    startedMs: found.startedMs,
    argv,
    prefix,
    conf: conf.startsWith('/') ? conf : resolve(prefix ?? built.prefix, conf),
    workers: workersOf(found.pid, all),
  };
}

/** Without `-c` a prefix moves the file, unless it was built with an absolute name. */
function relativeTo(prefix: string, built: Built): string {
  return built.conf.startsWith(built.prefix)
    ? resolve(prefix, built.conf.slice(built.prefix.length))
    : built.conf;
}

function workersOf(pid: number, all: readonly Found[]): Worker[] {
  return all
    .filter((one) => one.parent === pid && one.title.startsWith('nginx: worker process'))
    .map((one) => ({
      pid: one.pid,
      startedMs: one.startedMs,
      isLeaving: one.title.startsWith(leaving),
    }));
}

function processes(): Found[] {
  const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
  const bootMs = Date.now() - uptime;
  const found: Found[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const title = readFileSync(`/proc/${name}/cmdline`, 'utf8')
        .replace(/\0+$/, '')
        .replaceAll('\0', ' ');
      if (!title.startsWith('nginx: ') || isContained(name)) continue;
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const startedMs = bootMs + (Number(fields[19]) / ticks) * 1000;
      found.push({
        pid: Number(name),
        parent: Number(fields[1]),
        startedMs,
        title: title.trimEnd(),
      });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** It has a pid of its own in a container. */
function isContained(pid: string): boolean {
  const spaces = /^NSpid:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return spaces?.includes('\t') === true;
}

function pidIn(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(dirname(path), path);
  }
}
