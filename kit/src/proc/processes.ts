import { readdirSync, readFileSync, statSync } from 'node:fs';

/** A process of this machine, as /proc shows it. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Of this one and no other that gets its pid later: clock ticks since boot. */
  startTicks: number;
  /** `R`, `S`, `Z` (ended, and not yet asked for its exit status), … */
  state: string;
  uid: number;
  /** Its command line; empty for threads of the kernel and what has ended. */
  argv: string[];
  /** Time on a processor so far, its threads' too: clock ticks. */
  cpuTicks: number;
}

/** Linux shows ticks of a hundredth of a second on every machine of today. */
export const ticksPerSecond = 100;

/** @returns undefined when there is none, or none that may be seen */
export function processOf(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name, which may hold brackets and spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (argv.at(-1) === '') argv.pop();
    return {
      pid,
      parent: Number(fields[1]),
      startTicks: Number(fields[19]),
      state: fields[0] ?? '?',
      uid: statSync(`/proc/${pid}`).uid,
      argv,
      cpuTicks: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    return undefined;
  }
}

export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

export function allProcesses(): ProcessInfo[] {
  return processIds().flatMap((pid) => processOf(pid) ?? []);
}

/** Whether the same process is still there and has not ended. */
export function isStillThere({
  pid,
  startTicks,
}: Pick<ProcessInfo, 'pid' | 'startTicks'>): boolean {
  const now = processOf(pid);
  return now !== undefined && now.startTicks === startTicks && now.state !== 'Z';
}

/** Processes and all they have started, as /proc shows it now. */
export function withDescendants(
  roots: Iterable<number>,
  processes: readonly ProcessInfo[] = allProcesses(),
): Set<number> {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes)
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found = new Set<number>();
  const waiting = [...roots];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    if (found.has(pid)) continue;
    found.add(pid);
    waiting.push(...(children.get(pid) ?? []));
  }
  return found;
}

let bootMs: number | undefined;

/** When a process was started, in ms since 1970. */
export function startedAt({ startTicks }: Pick<ProcessInfo, 'startTicks'>): number {
  bootMs ??= Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]) * 1000;
  return bootMs + (startTicks * 1000) / ticksPerSecond;
}
