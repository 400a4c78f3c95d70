import { dirname, join } from 'node:path';
import { kernelText, type Machine } from './machine.ts';

export interface MemoryLimit {
  /** Where it is set, below the tree of the control groups. */
  group: string;
  /** Bytes. */
  limit: number;
  /** Bytes that cannot be taken back at once: without the page cache that is not in use. */
  used: number;
}

/** The control groups this process is in: by controller, `''` for the one tree of version 2. */
function ownGroups({ proc }: Machine): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of (kernelText(proc, 'self/cgroup') ?? '').split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    for (const controller of match[1]!.split(',')) groups.set(controller, match[2]!);
  }
  return groups;
}

/** A group and those above it, the innermost first. Within a namespace the path may not be there: then the root is ours. */
function upwards(group: string): string[] {
  const all: string[] = [];
  for (let at = group; ; at = dirname(at)) {
    all.push(at);
    if (at === '/') return all;
  }
}

const numberIn = (text: string | null): number | null => {
  const value = text === null || text.trim() === 'max' ? Number.NaN : Number(text.trim());
  return Number.isFinite(value) ? value : null;
};

function statOf(text: string | null, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);
}

/** The limit with the least room left, of this process' control group and those above it; null: there is none. */
export function memoryLimit(machine: Machine): MemoryLimit | null {
  const groups = ownGroups(machine);
  const tree = join(machine.sys, 'fs/cgroup');
  const found = [
    ...upwards(groups.get('') ?? '/').flatMap((group) => memoryOf2(join(tree, group), group)),
    ...upwards(groups.get('memory') ?? '/').flatMap((group) =>
      memoryOf1(join(tree, 'memory', group), group),
    ),
  ];
  const share = ({ used, limit }: MemoryLimit) => used / limit;
  return found.sort((one, other) => share(other) - share(one))[0] ?? null;
}

function memoryOf2(folder: string, group: string): MemoryLimit[] {
  const limits = [
    numberIn(kernelText(folder, 'memory.max')),
    numberIn(kernelText(folder, 'memory.high')),
  ].filter((limit) => limit !== null && limit > 0) as number[];
  const current = numberIn(kernelText(folder, 'memory.current'));
  if (limits.length === 0 || current === null) return [];
  const inactive = statOf(kernelText(folder, 'memory.stat'), 'inactive_file');
  return [{ group, limit: Math.min(...limits), used: Math.max(0, current - inactive) }];
}

/** Version 1 writes a number near 2^63 where there is no limit. */
const noLimit = 2 ** 60;

function memoryOf1(folder: string, group: string): MemoryLimit[] {
  const limit = numberIn(kernelText(folder, 'memory.limit_in_bytes'));
  const current = numberIn(kernelText(folder, 'memory.usage_in_bytes'));
  if (limit === null || limit <= 0 || limit > noLimit || current === null) return [];
  const inactive = statOf(kernelText(folder, 'memory.stat'), 'total_inactive_file');
  return [{ group, limit, used: Math.max(0, current - inactive) }];
}

/** In processors: `1.5`. Null: there is none. */
export function cpuLimit(machine: Machine): number | null {
  const groups = ownGroups(machine);
  const tree = join(machine.sys, 'fs/cgroup');
  const of2 = upwards(groups.get('') ?? '/').map((group) => {
    const [quota, period] = (kernelText(tree, group, 'cpu.max') ?? '').trim().split(' ');
    return Number(quota) / Number(period);
  });
  const of1 = upwards(groups.get('cpu') ?? '/').map((group) => {
    const quota = Number(kernelText(tree, 'cpu', group, 'cpu.cfs_quota_us') ?? Number.NaN);
    return quota / Number(kernelText(tree, 'cpu', group, 'cpu.cfs_period_us') ?? Number.NaN);
  });
  const limits = [...of2, ...of1].filter((limit) => limit > 0 && Number.isFinite(limit));
  return limits.length === 0 ? null : Math.min(...limits);
}
