import {
  type AppService,
  isOpsError,
  messageOf,
  OpsError,
  type ServiceDriver,
  type ServiceStatus,
  type Site,
} from '@om-ops/kit';
import { withDescendants } from '@om-ops/kit/proc';
import type { ServiceDefinition } from '../site.ts';
import { fileLines } from './log-files.ts';
import { type Look, noLook, unseen } from './look.ts';
import type { Manager } from './manager.ts';

const states: Readonly<Record<ServiceStatus['state'], Look['state']>> = {
  up: 'running',
  starting: 'starting',
  stopped: 'stopped',
  failed: 'failed',
  absent: 'absent',
  unknown: 'unknown',
};

/** Apps in PM2, through the plugin that knows PM2. */
export function pm2Manager(site: Site, driver: ServiceDriver | undefined): Manager {
  const app = async ({ how }: ServiceDefinition): Promise<AppService> => {
    if (how.kind !== 'pm2') throw new Error(`${how.kind} is no app`);
    const service = await driver?.named?.(site, how.app);
    if (service !== undefined) return service;
    throw new OpsError('E_PLUGIN_MISSING', 'No installed plugin knows PM2.', {
      exit: 'requirement',
      suggestions: ['Install it: om-ops plugins install @om-ops/plugin-pm2'],
    });
  };
  return {
    kind: 'pm2',
    source: 'pm2',
    async look(services, signal) {
      const looks = services.map(async (service): Promise<[string, Look]> => {
        try {
          return [service.name, lookOf(await (await app(service)).status(signal), service.target)];
        } catch (error) {
          signal.throwIfAborted();
          if (!isOpsError(error)) throw error;
          return [service.name, unseen(messageOf(error))];
        }
      });
      return new Map(await Promise.all(looks));
    },
    command: ({ target }, order) => `pm2 ${order} ${target}`,
    async order(service, order, _look, progress) {
      const one = await app(service);
      if (order === 'reload')
        throw new OpsError(
          'E_NO_RELOAD',
          `${service.target} cannot be reloaded in PM2 by om-ops.`,
          {
            suggestions: [`Restart it: om-ops service restart ${service.name}`],
          },
        );
      await one[order](progress);
    },
    async *lines(service, options) {
      const files = await (await app(service)).logFiles(options.signal);
      yield* fileLines(
        files.map(({ path }) => path),
        options,
      );
    },
  };
}

function lookOf(status: ServiceStatus, app: string): Look {
  const { state, pid, restarts, uptimeMs, memoryBytes, cpuPercent, detail = state } = status;
  return {
    ...noLook,
    state: detail === 'waiting restart' ? 'restarting' : states[state],
    detail,
    pid,
    key: pid === null ? null : `${pid}, ${restarts} restarts`,
    since: uptimeMs === null ? null : Date.now() - uptimeMs,
    restarts,
    memoryBytes,
    cpuPercent,
    pids: pid === null ? [] : [...withDescendants([pid])],
    ...(state === 'absent'
      ? { problem: `PM2 has no app ${app}, or its daemon does not run.` }
      : {}),
  };
}
