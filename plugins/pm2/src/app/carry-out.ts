import { type Progress, type Redact, type Site, type Up, waitUntil } from '@om-ops/kit';
import { type LogMarks, markErrorLogs } from './last-words.ts';
import { lookAtApp, type Pm2Setting } from './look.ts';
import { type Order, order } from './orders.ts';
import type { AppProcess } from './process.ts';
import type { AppStatus } from './status.ts';
import { waitForApp } from './up.ts';

/** What came of telling PM2 to do something with the app. */
export interface OrderResult {
  app: string;
  order: Order;
  dryRun: boolean;
  /** False: it was so already, and PM2 was told nothing. */
  changed: boolean;
  /** The processes it is about, by PM2's numbers. */
  ids: number[];
  pids: { before: number[]; after: number[] };
  /** How it is now. */
  status: AppStatus;
  /** What answered; null when nothing was to be asked. */
  health: Up['health'];
  /** What it has said last, when it does not come up; without secrets. */
  errorLines: readonly string[];
  /** What it costs whoever uses the app meanwhile, as sentences; null: nothing. */
  interrupts: string | null;
}

export interface CarryOut {
  order: Order;
  setting: Pm2Setting;
  site: Pick<Site, 'backend'>;
  processes: readonly AppProcess[];
  redact: Redact;
  timeoutMs: number;
}

/** Those of its processes that an order is for: what is so already is left alone. */
export function concerned(what: Order, processes: readonly AppProcess[]): AppProcess[] {
  switch (what) {
    case 'start':
      return processes.filter(({ status }) => status !== 'online' && status !== 'launching');
    case 'stop':
      return processes.filter(({ status }) => status !== 'stopped');
    case 'reset':
      return processes.filter(({ restarts, unstableRestarts }) => restarts + unstableRestarts > 0);
    case 'restart':
      return [...processes];
  }
}

/** What an order costs whoever uses the app meanwhile. */
export function interruption(what: Order, processes: readonly AppProcess[]): string | null {
  const running = processes.filter(({ pid }) => pid !== null);
  if (what !== 'restart' || running.length === 0) return null;
  const isCluster = running.every(({ mode }) => mode === 'cluster_mode');
  if (!isCluster || running.length === 1)
    return 'Nobody is answered from its end until it is up again.';
  return `The ${running.length} instances are restarted one after the other: the others answer meanwhile, and what an instance is answering when its turn comes is broken off. \`pm2 reload\` lets each end that first.`;
}

/**
 * Tells PM2, and waits until it is so: up and answering, stopped, or counted from nought.
 *
 * @throws NotUpError E_SERVICE_FAILED, E_TIMED_OUT, E_PORT_TAKEN (exit 1); OpsError E_PM2_ORDER (1)
 */
export async function carryOut(
  { order: what, setting, site, processes, redact, timeoutMs }: CarryOut,
  progress: Progress,
): Promise<Up['health']> {
  const marks: LogMarks = markErrorLogs(processes);
  await order(what, setting.place, concerned(what, processes), progress);
  if (what === 'start' || what === 'restart')
    return (await waitForApp({ setting, site, marks, redact, timeoutMs, progress })).health;
  const isSo = what === 'stop' ? isStopped : isReset;
  await waitUntil(
    async (signal) => {
      const { processes: now, status } = await lookAtApp(setting, signal);
      return now.length > 0 && now.every(isSo)
        ? { value: true }
        : { seen: `PM2 says ${status.status}, ${status.restarts} restarts` };
    },
    {
      what:
        what === 'stop' ? `${setting.section.app} is stopped` : 'its restarts are counted from 0',
      deadlineMs: timeoutMs,
      progress,
      suggestions: ['See how it stands: om-ops pm2 status'],
    },
  );
  return null;
}

function isStopped({ status, pid }: AppProcess): boolean {
  return status === 'stopped' && pid === null;
}

function isReset({ restarts }: AppProcess): boolean {
  return restarts === 0;
}

export function pidsOf(processes: readonly AppProcess[]): number[] {
  return processes.flatMap(({ pid }) => pid ?? []);
}
