import { readFileSync, statSync } from 'node:fs';
import { fromSystemError } from '@om-ops/kit';

/** What a process was started with: nothing that it read by itself later is in it. @throws OpsError E_PERMISSION (5) */
export function environmentOf(pid: number): Map<string, string> {
  try {
    const text = readFileSync(`/proc/${pid}/environ`, 'utf8');
    return new Map(
      text
        .split('\0')
        .filter((one) => one.includes('='))
        .map((one) => {
          const at = one.indexOf('=');
          return [one.slice(0, at), one.slice(at + 1)];
        }),
    );
  } catch (error) {
    throw fromSystemError(error, 'read the environment of', `process ${pid}`);
  }
}

/** When a process began, by the ticks since boot that /proc counts. */
export function startOf(pid: number): Date {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const boot = Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    return new Date((boot + ticks / 100) * 1000);
  } catch (error) {
    throw fromSystemError(error, 'read the start of', `process ${pid}`);
  }
}

export function changedAt(path: string): Date {
  return statSync(path).mtime;
}
