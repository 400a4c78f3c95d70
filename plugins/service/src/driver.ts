import type { AppService, Progress, ServiceDriver, ServiceStatus, Site } from '@om-ops/kit';
import { accountOf, processOf } from '@om-ops/kit/proc';
import { filesOf } from './kinds/log-files.ts';
import type { Look } from './kinds/look.ts';
import type { Order } from './kinds/manager.ts';
import { nodeOf } from './kinds/node.ts';
import { allManagers, lookAtService, type Managers } from './look/managers.ts';
import { definedServices, fullUnit, type ServiceDefinition } from './site.ts';

/** Units, containers and plain processes of the profile, for whoever starts, stops or asks what the site consists of. */
export const serviceDrivers: readonly ServiceDriver[] = (
  ['systemd', 'compose', 'process'] as const
).map((kind) => ({
  manager: kind,
  async services(site) {
    const managers = await allManagers(site, undefined);
    return (await definedServices(site))
      .filter(({ how }) => how.kind === kind)
      .map((one) => appService(one, managers, site));
  },
}));

function roleOf(name: string): AppService['role'] {
  return name === 'backend' || name === 'frontend' ? name : 'worker';
}

/** As the profile calls the backend, if it does: `my-app` and `my-app.service` are the same unit. */
function nameOf(
  { how, name, target }: ServiceDefinition,
  { backend }: Pick<Site, 'backend'>,
): string {
  const said = backend.service.name;
  switch (how.kind) {
    case 'systemd':
      return said !== null && fullUnit(said) === how.unit
        ? said
        : how.unit.replace(/\.service$/, '');
    case 'compose':
      return said === how.service ? said : target;
    default:
      return name;
  }
}

function appService(
  service: ServiceDefinition,
  managers: Managers,
  site: Pick<Site, 'backend'>,
): AppService {
  const manager = managers[service.how.kind];
  const look = (signal: AbortSignal) => lookAtService(service, managers, signal);
  const tell = (order: Order) => async (progress: Progress) =>
    manager.order(service, order, await look(progress.signal), progress);
  const { how } = service;
  return {
    manager: how.kind,
    name: nameOf(service, site),
    role: roleOf(service.name),
    showLogs: `om-ops service logs ${service.name} --lines 50`,
    status: async (signal) => statusOf(await look(signal)),
    async logFiles() {
      const own = how.kind === 'process' ? [how.output] : [];
      return filesOf([...own, ...service.logs]).map((path) => ({ path, stream: 'both' }));
    },
    user: async (signal) => userOf(service, await look(signal)),
    node: async (signal) => nodeOf((await look(signal)).pid),
    start: tell('start'),
    stop: tell('stop'),
    restart: tell('restart'),
  };
}

const states: Readonly<Record<Look['state'], ServiceStatus['state']>> = {
  running: 'up',
  starting: 'starting',
  restarting: 'starting',
  stopping: 'stopped',
  stopped: 'stopped',
  failed: 'failed',
  absent: 'absent',
  unknown: 'unknown',
};

function statusOf({ state, pid, restarts, since, ...rest }: Look): ServiceStatus {
  return {
    state: states[state],
    pid,
    restarts,
    uptimeMs: pid === null || since === null ? null : Math.max(0, Date.now() - since),
    memoryBytes: rest.memoryBytes,
    cpuPercent: rest.cpuPercent,
    detail: rest.detail,
  };
}

async function userOf({ how, name }: ServiceDefinition, { pid }: Look) {
  const running = pid === null ? undefined : processOf(pid);
  const who = running?.uid ?? (how.kind === 'process' ? how.user : null);
  const account = who === null ? undefined : await accountOf(who);
  if (account === undefined) return null;
  const from =
    running === undefined ? `services.${name}.process.user` : `the process of ${name} (pid ${pid})`;
  return { name: account.name, uid: account.uid, gid: account.gid, from };
}
