import { type MemoryLimit, memoryLimit } from './cgroup.ts';
import { kernelText, type Machine, neededText } from './machine.ts';

/** Bytes. */
export interface Memory {
  total: number;
  /** What programs can still get: free, and what the page cache gives back. */
  available: number;
  swapTotal: number;
  swapFree: number;
  /** Of the control group that has the least room left; null where nothing is limited below the machine's own. */
  limit: MemoryLimit | null;
}

export function readMemory(machine: Machine): Memory {
  const text = neededText(machine.proc, 'meminfo');
  const bytes = (name: string): number | undefined => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    return match === null ? undefined : Number(match[1]) * 1024;
  };
  const total = bytes('MemTotal');
  // Before Linux 3.14 there was no MemAvailable; what it is made of comes near to it.
  const available =
    bytes('MemAvailable') ??
    (bytes('MemFree') ?? 0) + (bytes('Cached') ?? 0) + (bytes('Buffers') ?? 0);
  if (total === undefined || total === 0)
    throw new Error(`${machine.proc}/meminfo does not say how much memory there is`);
  const limit = memoryLimit(machine);
  return {
    total,
    available: Math.min(available, total),
    swapTotal: bytes('SwapTotal') ?? 0,
    swapFree: bytes('SwapFree') ?? 0,
    limit: limit !== null && limit.limit < total ? limit : null,
  };
}

/** How many processes the kernel has ended for want of memory since the machine was started; null: it does not say. */
export function oomKills({ proc }: Machine): number | null {
  const match = /^oom_kill (\d+)$/m.exec(kernelText(proc, 'vmstat') ?? '');
  return match === null ? null : Number(match[1]);
}
