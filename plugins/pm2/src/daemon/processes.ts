import { readdirSync, readFileSync, statSync } from 'node:fs';

/** A PM2 daemon of this machine, as /proc shows it. */
export interface DaemonProcess {
  pid: number;
  version: string;
  /** PM2_HOME. May be cut off at its end, when the command line it began with was short: `isCut`. */
  home: string;
  isCut: boolean;
  uid: number;
  /** Stopped by a signal: it answers nobody until it gets SIGCONT. */
  isStopped: boolean;
}

/** All of them, of whichever user and home. */
export function daemonProcesses(proc = '/proc'): DaemonProcess[] {
  let names: string[];
  try {
    names = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const title = readFileSync(`${proc}/${name}/cmdline`, 'latin1');
      if (!title.startsWith('PM2 v')) return [];
      const found = daemonTitle(Buffer.from(title, 'latin1').toString('utf8'));
      if (found === undefined) return [];
      const { uid } = statSync(`${proc}/${name}`);
      const pid = Number(name);
      return [{ pid, uid, isStopped: processState(pid, proc) === 'T', ...found }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** What a daemon calls itself: `PM2 v7.0.4: God Daemon (/root/.pm2)`. */
export function daemonTitle(
  title: string,
): { version: string; home: string; isCut: boolean } | undefined {
  const found = /^PM2 v(\S+): God Daemon \(([^\0)]*)(\)?)/.exec(title);
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return { version: found[1], home: found[2], isCut: found[3] !== ')' };
}

/** Whether a daemon's home is this one. */
export function isAt({ home, isCut }: DaemonProcess, wanted: string): boolean {
  return home === wanted || (isCut && home.length > 0 && wanted.startsWith(home));
}

/** `R`, `S`, `T`, …; undefined when there is no such process. */
export function processState(pid: number, proc = '/proc'): string | undefined {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}
