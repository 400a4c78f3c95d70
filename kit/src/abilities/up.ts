import { connect } from 'node:net';
import { OpsError } from '../errors.ts';
import { probe } from '../probe.ts';
import type { Progress } from '../progress.ts';
import type { Site } from '../site/site.ts';
import { type Look, waitUntil } from '../wait.ts';
import type { AppService, ServiceStatus } from './service.ts';

export interface UpOptions {
  /** Has to take connections on this machine; null: not looked at. */
  port?: number | null;
  /**
   * Whole addresses. The first that the service has (it does not answer 404) decides, and has to
   * answer below 400. None: the manager's word and the port are enough.
   */
  health: readonly string[];
  deadlineMs: number;
  /** One process has to stay up for so long: a crash loop says `online` too. */
  steadyMs: number;
  progress: Progress;
}

export interface Up {
  status: ServiceStatus;
  /** What answered; null when nothing was to be asked. */
  health: { url: string; status: number; ms: number } | null;
}

/** Where the backend of a site answers on this machine: its port, and the addresses of its health. */
export function backendAnswers({ backend }: Pick<Site, 'backend'>): {
  port: number;
  health: string[];
} {
  const { port, health } = backend;
  return { port, health: health.map((path) => `http://localhost:${port}${path}`) };
}

/**
 * Waits until a service is up and answers, under one pid for `steadyMs`. A service that its manager
 * has given up is not waited for.
 *
 * @throws OpsError E_SERVICE_FAILED (exit 1), E_TIMED_OUT (exit 1) with what was seen last; the signal's reason
 */
export function waitUntilUp(
  service: AppService,
  { port = null, health, deadlineMs, steadyMs, progress }: UpOptions,
): Promise<Up> {
  const { showLogs } = service;
  const suggestions = showLogs === undefined ? [] : [`See why: ${showLogs}`];
  const look = async (signal: AbortSignal): Promise<Look<Up>> => {
    const status = await service.status(signal);
    const said = `${service.manager} says ${status.detail ?? status.state}`;
    if (status.state === 'failed') throw failed(service, status, suggestions);
    if (status.state !== 'up') return { seen: said };
    // Another instance may have been started again meanwhile.
    const key = `${status.pid}, ${status.restarts} restarts`;
    if (port !== null && !(await takesConnections(port, signal)))
      return { seen: `${said}, and nothing listens on port ${port}` };
    const answer = await askHealth(health, signal);
    return 'seen' in answer
      ? { seen: `${said}, and ${answer.seen}` }
      : { value: { status, health: answer.health }, key };
  };
  return waitUntil(look, {
    what: `${service.name} is up`,
    deadlineMs,
    steadyMs,
    progress,
    suggestions,
  });
}

function failed(
  service: AppService,
  { detail, restarts }: ServiceStatus,
  suggestions: readonly string[],
): OpsError {
  const after = restarts === null || restarts === 0 ? '' : ` after ${restarts} restarts`;
  return new OpsError(
    'E_SERVICE_FAILED',
    `${service.name} does not come up: ${service.manager} has given up on it${after} (${detail ?? 'failed'}).`,
    { suggestions },
  );
}

async function askHealth(
  health: readonly string[],
  signal: AbortSignal,
): Promise<{ health: Up['health'] } | { seen: string }> {
  let seen = '';
  for (const url of health) {
    const answer = await probe({ url }, { timeoutMs: 2000, signal });
    if (!answer.ok) return { seen: `${url}: ${answer.message}` };
    const { status, ms } = answer;
    if (status < 400) return { health: { url, status, ms } };
    seen = `${url} answers ${status}`;
    if (status !== 404) return { seen };
  }
  return seen === '' ? { health: null } : { seen };
}

function takesConnections(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    // By name: an app that listens on ::1 only is up as well.
    const socket = connect({ host: 'localhost', port, signal });
    const end = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
