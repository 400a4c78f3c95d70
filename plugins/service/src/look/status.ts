import { setTimeout as delay } from 'node:timers/promises';
import { exitText, type Look, unseen } from '../kinds/look.ts';
import type { ServiceDefinition } from '../site.ts';
import { lookAtServices, type Managers } from './managers.ts';
import { askReady, type Ready } from './ready.ts';

/** How a service is doing. */
export interface ServiceHealth {
  name: string;
  kind: 'systemd' | 'pm2' | 'compose' | 'process';
  /** What its manager calls it. */
  target: string;
  /** `flapping`: it ends and is started again and again. `unknown`: that could not be seen. */
  state: 'running' | 'starting' | 'stopped' | 'failed' | 'flapping' | 'absent' | 'unknown';
  /** Whether the profile wants it to run. */
  wanted: boolean;
  /** Whether it comes back at boot; left out where that cannot be told. */
  enabled?: boolean;
  pid?: number;
  /** Since when it runs or does not: ISO 8601. */
  since?: string;
  restarts?: number;
  /** What its main process ended with last. */
  exit?: { code?: number; signal?: string; result?: string };
  memoryBytes?: number;
  cpuPercent?: number;
  ready?: Ready;
  source: 'systemctl' | 'pm2' | 'docker' | 'proc';
  /** The manager's own words. */
  detail: string;
  /** What is wrong, as a sentence. */
  problem?: string;
}

/** What has been up for less may be one that ends and comes back. */
const youngMs = 20_000;
/** Between two looks at what may be. */
const secondLookMs = 1500;

/**
 * How services are doing. What is young or on its way is looked at twice: one that crashes again and again is
 * `active` and `running` in between.
 */
export async function serviceStatuses(
  services: readonly ServiceDefinition[],
  managers: Managers,
  signal: AbortSignal,
): Promise<ServiceHealth[]> {
  const first = await lookAtServices(services, managers, signal);
  const doubtful = services.filter(({ name }) => isDoubtful(first.get(name)));
  let second = new Map<string, Look>();
  if (doubtful.length > 0) {
    await delay(secondLookMs, undefined, { signal });
    second = await lookAtServices(doubtful, managers, signal);
  }
  return Promise.all(
    services.map(async (service) => {
      const before = first.get(service.name) ?? unseen('It could not be seen.');
      const look = second.get(service.name) ?? before;
      const isUp = look.state === 'running' || look.state === 'starting';
      const ready = isUp ? await askReady(service.ready, signal) : undefined;
      return statusOf(service, { before, look, ready }, managers[service.how.kind].source);
    }),
  );
}

function isDoubtful(look: Look | undefined): boolean {
  if (look === undefined) return false;
  if (look.state === 'restarting' || look.state === 'starting') return true;
  return look.state === 'running' && look.since !== null && Date.now() - look.since < youngMs;
}

interface Seen {
  before: Look;
  look: Look;
  ready: Ready | undefined;
}

function statusOf(
  service: ServiceDefinition,
  { before, look, ready }: Seen,
  source: ServiceHealth['source'],
): ServiceHealth {
  const { name, how, target, wanted } = service;
  const state = stateOf(before, look);
  const problem = problemOf(service, { state, look, ready });
  return {
    name,
    kind: how.kind,
    target,
    state,
    wanted,
    ...(look.enabled === null ? {} : { enabled: look.enabled }),
    ...(look.pid === null ? {} : { pid: look.pid }),
    ...(look.since === null ? {} : { since: new Date(look.since).toISOString() }),
    ...(look.restarts === null ? {} : { restarts: look.restarts }),
    ...(look.exit === null ? {} : { exit: look.exit }),
    ...(look.memoryBytes === null ? {} : { memoryBytes: look.memoryBytes }),
    ...(look.cpuPercent === null ? {} : { cpuPercent: look.cpuPercent }),
    ...(ready === undefined ? {} : { ready }),
    source,
    detail: look.detail,
    ...(problem === undefined ? {} : { problem }),
  };
}

function stateOf(before: Look, look: Look): ServiceHealth['state'] {
  const cameBack = (look.restarts ?? 0) > (before.restarts ?? 0);
  if (look.state === 'restarting' || before.state === 'restarting' || cameBack)
    return look.state === 'failed' ? 'failed' : 'flapping';
  return look.state === 'stopping' ? 'stopped' : look.state;
}

function problemOf(
  { wanted }: ServiceDefinition,
  { state, look, ready }: { state: ServiceHealth['state']; look: Look; ready: Ready | undefined },
): string | undefined {
  const how = look.exit === null ? '' : exitText(look.exit);
  const last = how === '' ? '' : ` (${how})`;
  if (state === 'flapping')
    return `It ends and is started again and again${last}; ${look.restarts ?? 0} restarts so far.`;
  if (look.problem !== undefined) return look.problem;
  if (state === 'failed') return `It has failed${last}.`;
  if (state === 'stopped' && wanted) return `It is meant to run and does not${last}.`;
  if (ready?.ok === false) return `It runs and does not answer: ${ready.detail}.`;
  return undefined;
}

/** Whether a service is not as the profile wants it. */
export function isUnwell({ state, wanted, ready, problem }: ServiceHealth): boolean {
  switch (state) {
    case 'failed':
    case 'flapping':
    case 'absent':
      return wanted || state !== 'absent';
    case 'stopped':
      return wanted;
    case 'running':
      return ready?.ok === false || problem !== undefined;
    case 'starting':
    case 'unknown':
      return false;
  }
}

/** Whether how it is doing could not be told in full. */
export function isUnclear({ state, ready, wanted }: ServiceHealth): boolean {
  return (state === 'unknown' && wanted) || ready?.ok === null;
}
