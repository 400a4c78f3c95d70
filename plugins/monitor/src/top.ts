import type { Machine } from './readers/machine.ts';
import { readMemory } from './readers/memory.ts';
import { commandOf, pm2AppOf, readUse, unitOf } from './readers/usage.ts';
import { userIds } from './readers/users.ts';

/** Processes of one command, user and keeper together. */
export interface ProcessGroup {
  command: string;
  user: string;
  /** `nginx.service`, `container 1a2b…`; null where its control group tells nobody. */
  unit: string | null;
  pm2: string | null;
  processes: number;
  /** The smallest of their numbers: the one that began the others, mostly. */
  pid: number;
  /** Of one processor. */
  cpuPercent: number;
  /** Resident; what several of them share counts for each. */
  memoryBytes: number;
  memoryPercent: number;
  /** Bytes a second; null: nothing of it may be known. */
  ioBytes: number | null;
}

export type TopOrder = 'cpu' | 'memory' | 'io';

export interface TopOptions {
  by: TopOrder;
  user?: string | undefined;
  limit: number;
  pause(): Promise<void>;
}

export interface Top {
  groups: ProcessGroup[];
  /** Groups that were left out by the limit. */
  left: number;
  processes: number;
  /** Whose reading and writing may not be known. */
  hidden: number;
}

export async function topOf(
  machine: Machine,
  { by, user, limit, pause }: TopOptions,
): Promise<Top> {
  const uses = await readUse(machine, pause);
  const names = new Map([...userIds()].map(([name, uid]) => [uid, name]));
  const { total } = readMemory(machine);
  const groups = new Map<string, ProcessGroup>();
  let hidden = 0;
  for (const { row, cpuPercent, ioBytes } of uses) {
    const owner = names.get(row.uid) ?? String(row.uid);
    if (user !== undefined && owner !== user) continue;
    if (ioBytes === null) hidden += 1;
    const head = {
      command: commandOf(row),
      user: owner,
      unit: unitOf(machine, row.pid),
      pm2: pm2AppOf(machine, row.pid),
    };
    const key = JSON.stringify(head);
    const group = groups.get(key) ?? {
      ...head,
      processes: 0,
      pid: row.pid,
      cpuPercent: 0,
      memoryBytes: 0,
      memoryPercent: 0,
      ioBytes: null,
    };
    groups.set(key, group);
    group.processes += 1;
    group.pid = Math.min(group.pid, row.pid);
    group.cpuPercent += cpuPercent;
    group.memoryBytes += row.rss;
    group.memoryPercent = (100 * group.memoryBytes) / total;
    if (ioBytes !== null) group.ioBytes = (group.ioBytes ?? 0) + ioBytes;
  }
  const size = (group: ProcessGroup) =>
    by === 'cpu' ? group.cpuPercent : by === 'memory' ? group.memoryBytes : (group.ioBytes ?? -1);
  const sorted = [...groups.values()].sort(
    (one, other) => size(other) - size(one) || other.memoryBytes - one.memoryBytes,
  );
  return {
    groups: sorted.slice(0, limit).map(rounded),
    left: Math.max(0, sorted.length - limit),
    processes: sorted.reduce((sum, { processes }) => sum + processes, 0),
    hidden,
  };
}

function rounded(group: ProcessGroup): ProcessGroup {
  const tidy = (value: number) => Math.round(value * 10) / 10;
  return {
    ...group,
    cpuPercent: tidy(group.cpuPercent),
    memoryPercent: tidy(group.memoryPercent),
    ioBytes: group.ioBytes === null ? null : Math.round(group.ioBytes),
  };
}
