import { cpuLimit } from './cgroup.ts';
import { type Machine, neededText } from './machine.ts';

/** What /proc/stat has counted since the machine was started, in ticks. */
export interface CpuTimes {
  total: number;
  idle: number;
  /** Waiting for disks; idle too, and shown apart. */
  iowait: number;
  /** What another guest of the same host took. */
  steal: number;
  processors: number;
}

export interface CpuUse {
  /** Of all processors together, 0 to 100. */
  percent: number;
  iowaitPercent: number;
  stealPercent: number;
}

export function cpuTimes({ proc }: Machine): CpuTimes {
  const lines = neededText(proc, 'stat').split('\n');
  const all = lines.find((line) => line.startsWith('cpu '));
  if (all === undefined) throw new Error(`${proc}/stat has no line of the processors`);
  // guest and guest_nice are within user and nice.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    all.trim().split(/\s+/).slice(1).map(Number);
  return {
    total: user + nice + system + idle + iowait + irq + softirq + steal,
    idle: idle + iowait,
    iowait,
    steal,
    processors: lines.filter((line) => /^cpu\d/.test(line)).length || 1,
  };
}

/** Null when nothing was counted between the two, or they are of two starts of the machine. */
export function cpuUse(before: CpuTimes, after: CpuTimes): CpuUse | null {
  const total = after.total - before.total;
  // iowait may run backwards on its own, which the kernel says of itself.
  if (total <= 0) return null;
  const share = (ticks: number) => Math.min(100, Math.max(0, (100 * ticks) / total));
  return {
    percent: share(total - (after.idle - before.idle)),
    iowaitPercent: share(after.iowait - before.iowait),
    stealPercent: share(after.steal - before.steal),
  };
}

/** How many processors may be used here: those there are, or fewer when the control group has a limit. */
export function usableProcessors(machine: Machine, { processors }: CpuTimes): number {
  const limit = cpuLimit(machine);
  return limit === null ? processors : Math.min(processors, limit);
}
