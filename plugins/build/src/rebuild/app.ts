import {
  type AppService,
  backendAnswers,
  isOpsError,
  lastLines,
  messageOf,
  type Progress,
  type Redact,
  type ServiceStatus,
  type Site,
  type Step,
  silentProgress,
  type Up,
  waitUntilUp,
} from '@om-ops/kit';
import type { AppBefore } from './plan.ts';

const healthyMs = 60_000;
const steadyMs = 3000;
const mostErrorLines = 20;

/** Who has started the process that runs now: `build`: the script of the build itself. */
export type RestartedBy = 'om-ops' | 'build' | null;

/**
 * Restarts the app, unless the build has done so after it had written the last file of dist. One that has
 * come up in the middle of a build may have loaded half of each.
 *
 * @param builtMs when the newest file of dist was written
 */
export async function restartIfNeeded(
  { service, status: before }: AppBefore,
  builtMs: number,
  step: Step,
  progress: Progress,
): Promise<RestartedBy> {
  const now = await service.status(progress.signal);
  if (isOtherProcess(before, now) && isNewer(now, builtMs)) {
    step.ends(
      'skipped',
      `The build has restarted ${service.name} itself: pid ${before.pid ?? 'none'} → ${now.pid}.`,
    );
    return 'build';
  }
  await (now.state === 'stopped' ? service.start(progress) : service.restart(progress));
  return 'om-ops';
}

function isOtherProcess(before: ServiceStatus, now: ServiceStatus): boolean {
  return now.state === 'up' && now.pid !== null && now.pid !== before.pid;
}

function isNewer({ uptimeMs }: ServiceStatus, builtMs: number): boolean {
  return uptimeMs === null || Date.now() - uptimeMs >= builtMs;
}

/** What came of it: for the record. */
export interface BroughtBack {
  outcome: 'skipped' | 'undone';
  note: string;
  /** It was restarted; null: it had not to be. */
  up: Up | null;
  wasRestarted: boolean;
}

/**
 * Lets the app run on what was put back, as it ran before: stopped stays stopped.
 *
 * @param mayBeOlder what was put back may be older than what the app has started with
 * @throws OpsError E_SERVICE_FAILED, E_TIMED_OUT when it was healthy before and is not now
 */
export async function bringBack(
  site: Pick<Site, 'backend'>,
  { service, status, isHealthy }: AppBefore,
  mayBeOlder: boolean,
  signal: AbortSignal,
): Promise<BroughtBack> {
  const progress = { ...silentProgress(), signal };
  const now = await service.status(signal);
  const isSame = now.state === status.state && now.pid === status.pid;
  if (isSame && !mayBeOlder) {
    const note = `${service.name} was not restarted: ${now.detail ?? now.state}.`;
    return { outcome: 'skipped', note, up: null, wasRestarted: false };
  }
  if (status.state === 'stopped' || status.state === 'absent') {
    if (now.state !== status.state) await service.stop(progress);
    const note = `${service.name} is stopped again.`;
    return { outcome: 'undone', note, up: null, wasRestarted: false };
  }
  await (now.state === 'stopped' ? service.start(progress) : service.restart(progress));
  try {
    const up = await untilHealthy(site, service, progress);
    const note = `${service.name} runs on what was there before.`;
    return { outcome: 'undone', note, up, wasRestarted: true };
  } catch (error) {
    // It was not healthy before either: then it is as it was.
    if (isHealthy || !isOpsError(error)) throw error;
    const note = `${service.name} was not healthy before, and is not now: ${messageOf(error)}`;
    return { outcome: 'undone', note, up: null, wasRestarted: true };
  }
}

/** Waits until the app is up under one process, and healthy. @throws OpsError E_SERVICE_FAILED, E_TIMED_OUT */
export function untilHealthy(
  site: Pick<Site, 'backend'>,
  service: AppService,
  progress: Progress,
): Promise<Up> {
  return waitUntilUp(service, {
    ...backendAnswers(site),
    deadlineMs: healthyMs,
    steadyMs,
    progress,
  });
}

/** The last lines of the app's logs, those of its errors before others. None when they cannot be read. */
export async function lastErrorLines(
  service: AppService,
  redact: Redact,
  signal: AbortSignal,
): Promise<string[]> {
  const files = await service.logFiles(signal).catch(() => []);
  const errors = files.filter(({ stream }) => stream !== 'stdout');
  for (const { path } of errors.length > 0 ? errors : files) {
    const lines = await lastLines(path, mostErrorLines, { redact, signal }).catch(() => []);
    if (lines.length > 0) return lines;
  }
  return [];
}
