import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../errors.ts';

/**
 * Which process something belongs to. A pid alone is given to another process sooner or later, so
 * the start time goes with it; what the system does not tell is null.
 */
export interface Owner {
  pid: number;
  /** Clock ticks between boot and the start of the process: field 22 of /proc/PID/stat. */
  start: string | null;
  host: string;
  boot: string | null;
  /** Processes of another pid namespace (a container) cannot be looked at by their pid. */
  pidSpace: string | null;
}

/**
 * `elsewhere`: on another host or in another container, so nobody here can tell. Hosts that share a
 * folder need different names.
 */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';

export function currentOwner(): Owner {
  return {
    pid: process.pid,
    start: processStart(process.pid)?.start ?? null,
    host: hostname(),
    boot: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidSpace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

export function ownerState(owner: Owner, here: Owner = currentOwner()): OwnerState {
  if (owner.host !== here.host) return 'elsewhere';
  if (differ(owner.boot, here.boot)) return 'dead';
  if (differ(owner.pidSpace, here.pidSpace)) return 'elsewhere';
  return isRunning(owner.pid, owner.start) ? 'alive' : 'dead';
}

function isRunning(pid: number, start: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (systemCode(error) !== 'EPERM') return false;
  }
  const found = processStart(pid);
  // /proc may hide other users' processes: then the signal's answer has to do.
  if (found === undefined) return true;
  return found.state !== 'Z' && found.state !== 'X' && !differ(start, found.start);
}

function processStart(pid: number): { state: string; start: string } | undefined {
  const stat = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === null) return undefined;
  // The second field is the program's name in brackets, which may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
