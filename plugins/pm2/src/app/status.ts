import type { ServiceStatus } from '@om-ops/kit';
import type { DaemonLook } from '../daemon/look.ts';
import type { DaemonProcess } from '../daemon/processes.ts';
import type { AppProcess } from './process.ts';

export interface AppInstance {
  id: number;
  status: string;
  pid: number | null;
  restarts: number;
  uptimeMs: number | null;
  memoryBytes: number;
  cpuPercent: number;
  mode: string;
  node: string | null;
  cwd: string;
  script: string;
}

/** How an app is doing. */
export interface AppStatus {
  app: string;
  /** Whether the PM2 of this user and home has it. */
  exists: boolean;
  /** PM2's word for the worst of its instances; `absent`, and `unknown` when PM2 could not be asked. */
  status: string;
  /** Of the oldest instance; null unless it runs. */
  pid: number | null;
  /** Of all instances. */
  restarts: number;
  /** Of the youngest instance that runs. */
  uptimeMs: number | null;
  memoryBytes: number;
  cpuPercent: number;
  user: string;
  home: string;
  daemon: {
    running: boolean;
    version: string | null;
    /** Older than the program; null when one of the versions is not known. */
    outdated: boolean | null;
    pid: number | null;
    /** Whether it answered. */
    answers: boolean;
  };
  instances: AppInstance[];
}

/** From the worst. */
const worst = [
  'errored',
  'unknown',
  'waiting restart',
  'stopped',
  'stopping',
  'launching',
  'online',
];

export function worstStatus(processes: readonly AppProcess[]): string {
  const rank = (status: string) => {
    const at = worst.indexOf(status);
    return at === -1 ? 1 : at;
  };
  const [first] = [...processes].sort((a, b) => rank(a.status) - rank(b.status));
  return first?.status ?? 'absent';
}

export interface StatusOf {
  app: string;
  user: string;
  home: string;
  programVersion: string | null;
}

export function appStatus(
  { app, user, home, programVersion }: StatusOf,
  { answer, here }: DaemonLook,
  processes: readonly AppProcess[],
  now = Date.now(),
): AppStatus {
  const version = 'version' in answer ? answer.version : (here[0]?.version ?? null);
  const running = 'version' in answer || here.length > 0 || answer.why === 'silent';
  const instances = processes.map((one) => instanceOf(one, now));
  const uptimes = instances.flatMap(({ uptimeMs }) => (uptimeMs === null ? [] : [uptimeMs]));
  return {
    app,
    exists: processes.length > 0,
    status: 'version' in answer || answer.why === 'absent' ? worstStatus(processes) : 'unknown',
    pid: oldest(processes)?.pid ?? null,
    restarts: sum(instances.map(({ restarts }) => restarts)),
    uptimeMs: uptimes.length === 0 ? null : Math.min(...uptimes),
    memoryBytes: sum(instances.map(({ memoryBytes }) => memoryBytes)),
    cpuPercent: Math.round(sum(instances.map(({ cpuPercent }) => cpuPercent)) * 10) / 10,
    user,
    home,
    daemon: {
      running,
      version,
      outdated: !running
        ? false
        : version === null || programVersion === null
          ? null
          : isOlder(version, programVersion),
      pid: daemonPid(here),
      answers: 'version' in answer,
    },
    instances,
  };
}

function daemonPid(here: readonly DaemonProcess[]): number | null {
  return here[0]?.pid ?? null;
}

export function oldest(processes: readonly AppProcess[]): AppProcess | undefined {
  return processes
    .filter(({ pid }) => pid !== null)
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0))[0];
}

function instanceOf(one: AppProcess, now: number): AppInstance {
  const { id, status, pid, restarts, memoryBytes, cpuPercent, mode, nodeVersion, cwd, script } =
    one;
  const uptimeMs =
    pid === null || one.startedAt === null || status === 'stopping'
      ? null
      : Math.max(0, now - one.startedAt);
  return {
    id,
    status,
    pid,
    restarts,
    uptimeMs,
    memoryBytes,
    cpuPercent,
    mode,
    node: nodeVersion,
    cwd,
    script,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** `7.0.3` before `7.0.4`. What stands behind the numbers does not count. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => text.split(/[-+]/)[0]?.split('.').map(Number) ?? [];
  const [a, b] = [numbers(version), numbers(than)];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left, right] = [a[at] ?? 0, b[at] ?? 0];
    if (left !== right) return left < right;
  }
  return false;
}

const states: Readonly<Record<string, ServiceStatus['state']>> = {
  online: 'up',
  launching: 'starting',
  'waiting restart': 'starting',
  stopping: 'stopped',
  stopped: 'stopped',
  errored: 'failed',
  absent: 'absent',
};

/** The same in the words of all managers. */
export function serviceStatus(status: AppStatus): ServiceStatus {
  const { pid, restarts, uptimeMs, memoryBytes, cpuPercent } = status;
  return {
    state: states[status.status] ?? 'unknown',
    pid,
    restarts,
    uptimeMs,
    memoryBytes: pid === null ? null : memoryBytes,
    cpuPercent: pid === null ? null : cpuPercent,
    detail: status.status,
  };
}
