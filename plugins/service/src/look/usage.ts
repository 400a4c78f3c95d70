import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processOf, ticksPerSecond } from '@om-ops/kit/proc';
import type { Look } from '../kinds/look.ts';
import { memoryOf } from '../kinds/memory.ts';
import type { ServiceDefinition } from '../site.ts';
import { lookAtServices, type Managers } from './managers.ts';

/** What a service takes of the machine. */
export interface Usage {
  name: string;
  /** Of one core, over all samples; null when it does not run. */
  cpuPercent: number | null;
  /** What its processes share counts once. */
  memoryBytes: number | null;
  /** To and from disks, a second; null where that may not be seen. */
  readBytesPerSecond: number | null;
  writeBytesPerSecond: number | null;
  processes: number;
  threads: number;
  restarts: number | null;
}

interface Sample {
  at: number;
  /** By process and start: what ends between two samples is no step back. */
  cpu: Map<string, number>;
  read: Map<string, number>;
  written: Map<string, number>;
}

/** @param samples how often it is looked, at least twice */
export async function serviceUsage(
  services: readonly ServiceDefinition[],
  managers: Managers,
  { samples, everyMs, signal }: { samples: number; everyMs: number; signal: AbortSignal },
): Promise<Usage[]> {
  const first = await sampleAll(services, managers, signal);
  let last = first;
  for (let at = 1; at < samples; at += 1) {
    await delay(everyMs, undefined, { signal });
    last = await sampleAll(services, managers, signal);
  }
  return services.map(({ name }): Usage => {
    const look = last.looks.get(name) as Look;
    const [before, after] = [first.samples.get(name) as Sample, last.samples.get(name) as Sample];
    const seconds = (after.at - before.at) / 1000;
    const rate = (key: 'cpu' | 'read' | 'written') =>
      after[key].size === 0 ? null : gained(before[key], after[key]) / seconds;
    const cpu = rate('cpu');
    return {
      name,
      cpuPercent: cpu === null ? null : Math.round((cpu / ticksPerSecond) * 1000) / 10,
      memoryBytes: look.pids.length === 0 ? null : (memoryOf(look.pids) ?? look.memoryBytes),
      readBytesPerSecond: whole(rate('read')),
      writeBytesPerSecond: whole(rate('written')),
      processes: look.pids.length,
      threads: look.pids.reduce((sum, pid) => sum + threadsOf(pid), 0),
      restarts: look.restarts,
    };
  });
}

async function sampleAll(
  services: readonly ServiceDefinition[],
  managers: Managers,
  signal: AbortSignal,
): Promise<{ looks: Map<string, Look>; samples: Map<string, Sample> }> {
  const looks = await lookAtServices(services, managers, signal);
  return {
    looks,
    samples: new Map([...looks].map(([name, { pids }]) => [name, sampleOf(pids)])),
  };
}

function sampleOf(pids: readonly number[]): Sample {
  const sample: Sample = {
    at: performance.now(),
    cpu: new Map(),
    read: new Map(),
    written: new Map(),
  };
  for (const pid of pids) {
    const found = processOf(pid);
    if (found === undefined) continue;
    const key = `${pid} of ${found.startTicks}`;
    sample.cpu.set(key, found.cpuTicks);
    const io = textOf(`/proc/${pid}/io`);
    const read = /^read_bytes: (\d+)/m.exec(io)?.[1];
    const written = /^write_bytes: (\d+)/m.exec(io)?.[1];
    if (read !== undefined) sample.read.set(key, Number(read));
    if (written !== undefined) sample.written.set(key, Number(written));
  }
  return sample;
}

/** What came since: of a process that is new, all of it. */
function gained(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, value] of after) sum += value - (before.get(key) ?? 0);
  return sum;
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

function threadsOf(pid: number): number {
  return Number(/^Threads:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
