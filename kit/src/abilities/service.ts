import { OpsError } from '../errors.ts';
import { type ProbeAnswer, probe } from '../probe.ts';
import type { Progress } from '../progress.ts';
import type { Site } from '../site/site.ts';
import { type Look, waitUntil } from '../wait.ts';

export interface ServiceStatus {
  state: 'up' | 'starting' | 'stopped' | 'failed' | 'absent' | 'unknown';
  pid: number | null;
  /** Since it was set up; null where the manager does not count. */
  restarts: number | null;
  uptimeMs: number | null;
  memoryBytes: number | null;
  cpuPercent: number | null;
  /** The manager's own word for it. */
  detail?: string;
}

/** One long-running part of the site, whoever keeps it running. */
export interface AppService {
  /** `pm2`, `systemd`, `compose`. */
  readonly manager: string;
  /** What the manager calls it. */
  readonly name: string;
  readonly role: 'backend' | 'frontend' | 'worker';
  status(signal: AbortSignal): Promise<ServiceStatus>;
  /** Returns when the manager has taken the order; {@link waitUntilUp} says whether it worked. */
  restart(progress: Progress): Promise<void>;
  start(progress: Progress): Promise<void>;
  stop(progress: Progress): Promise<void>;
}

/** What a plugin contributes that can keep services running. */
export interface ServiceDriver {
  readonly manager: string;
  /** Those of this site. None where its program is missing: that is `requirements`' to say. */
  services(site: Site, signal: AbortSignal): Promise<AppService[]>;
}

/** The one service of a role. @throws OpsError E_NO_SERVICE (exit 5), E_AMBIGUOUS_SERVICE (exit 2) */
export async function findService(
  drivers: readonly ServiceDriver[],
  role: AppService['role'],
  site: Site,
  signal: AbortSignal,
  manager?: string,
): Promise<AppService> {
  const found: AppService[] = [];
  for (const driver of drivers) {
    if (manager !== undefined && driver.manager !== manager) continue;
    found.push(...(await driver.services(site, signal)).filter((one) => one.role === role));
  }
  const [only, other] = found;
  if (only === undefined) {
    throw new OpsError(
      'E_NO_SERVICE',
      `Nothing that is installed here runs the ${role} of this site.`,
      {
        exit: 'requirement',
        suggestions: [
          `Asked: ${drivers.map((driver) => driver.manager).join(', ') || 'no plugin that runs services'}`,
          'Say in the site profile what runs it: backend: {service: {manager: pm2, name: …}}',
        ],
      },
    );
  }
  if (other !== undefined) {
    throw new OpsError(
      'E_AMBIGUOUS_SERVICE',
      `${found.map(({ manager, name }) => `${manager} (${name})`).join(' and ')} both say they run the ${role}.`,
      {
        exit: 'usage',
        suggestions: ['Say in the site profile which: backend: {service: {manager: pm2}}'],
      },
    );
  }
  return only;
}

export interface UpOptions {
  /** The first that answers below 400 counts; none: the manager's word is enough. */
  health: readonly string[];
  deadlineMs: number;
  /** One process has to stay up for so long: a crash loop says `online` too. */
  steadyMs: number;
  progress: Progress;
}

export interface Up {
  status: ServiceStatus;
  health: { url: string; status: number; ms: number } | null;
}

/** Waits until a service is up under one pid and answers. @throws OpsError E_TIMED_OUT (exit 1) */
export function waitUntilUp(
  service: AppService,
  { health, deadlineMs, steadyMs, progress }: UpOptions,
): Promise<Up> {
  const look = async (signal: AbortSignal): Promise<Look<Up>> => {
    const status = await service.status(signal);
    const said = `${service.manager} says ${status.detail ?? status.state}`;
    if (status.state !== 'up') return { seen: said };
    if (health.length === 0) return { value: { status, health: null }, key: String(status.pid) };
    let last = '';
    for (const url of health) {
      const answer = await probe({ url }, { timeoutMs: 2000, signal });
      if (answer.ok && answer.status < 400)
        return { value: { status, health: shown(url, answer) }, key: String(status.pid) };
      last = answer.ok ? `${url} answers ${answer.status}` : `${url}: ${answer.message}`;
    }
    return { seen: `${said}, and ${last}` };
  };
  return waitUntil(look, {
    what: `${service.name} is up`,
    deadlineMs,
    steadyMs,
    progress,
    suggestions: [`See why: om-ops ${service.manager} logs --err --lines 50`],
  });
}

function shown(url: string, { status, ms }: ProbeAnswer): NonNullable<Up['health']> {
  return { url, status, ms };
}
