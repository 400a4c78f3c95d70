import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What these processes take of the memory together: what several share counts once (PSS). Null when none of them
 * may be looked at.
 */
export function memoryOf(pids: Iterable<number>): number | null {
  let sum: number | null = null;
  for (const pid of pids) {
    const text = textOf(`/proc/${pid}/smaps_rollup`);
    const pss = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
    if (pss !== undefined) sum = (sum ?? 0) + Number(pss) * 1024;
  }
  return sum;
}

let unified: string | undefined;

/** Where the control groups of systemd are: alone, or beside those of old. */
function cgroupRoots(): string[] {
  unified ??= textOf('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
  return [unified ?? '/sys/fs/cgroup', '/sys/fs/cgroup/systemd'];
}

/** The processes of a control group and of those below it. */
export function cgroupProcesses(group: string): number[] {
  for (const root of cgroupRoots()) {
    const found = processesBelow(join(root, group));
    if (found.length > 0) return found;
  }
  return [];
}

function processesBelow(folder: string): number[] {
  const own = textOf(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory());
    return [...own, ...below.flatMap(({ name }) => processesBelow(join(folder, name)))];
  } catch {
    return own;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
