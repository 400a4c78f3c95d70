import { setTimeout as delay } from 'node:timers/promises';
import { type Look as LookOf, OpsError, type Progress, waitUntil } from '@om-ops/kit';
import { type Exit, exitText, type Look } from '../kinds/look.ts';
import type { Order } from '../kinds/manager.ts';
import { lookAtService, type Managers } from '../look/managers.ts';
import { askReady, type Ready } from '../look/ready.ts';
import type { ServiceDefinition } from '../site.ts';

export interface WaitOptions {
  service: ServiceDefinition;
  order: Order;
  before: Look;
  managers: Managers;
  timeoutMs: number;
  /** How long one main process has to stay. */
  settleMs: number;
  progress: Progress;
}

export interface UpLook {
  look: Look;
  ready: Ready | undefined;
}

/** After so many new starts by its manager nobody waits for it any more. */
const mostRestarts = 3;
/** A process that is about to become the service has another command line for a moment. */
const patienceMs = 3000;
/** How long is waited for the next end of one that ends again and again. */
const endMs = 3000;

/**
 * Waits until an order has come to what it is for: a new main process that has stayed for a while and answers; the
 * same one after a reload; none after a stop.
 *
 * @throws OpsError E_SERVICE_FAILED, E_TIMED_OUT (exit 1); the signal's reason
 */
export function waitForOrder(options: WaitOptions): Promise<UpLook> {
  return options.order === 'stop' ? waitUntilStopped(options) : waitForUp(options);
}

async function waitForUp({
  service,
  order,
  before,
  managers,
  timeoutMs,
  settleMs,
  progress,
}: WaitOptions): Promise<UpLook> {
  const began = performance.now();
  let first: number | undefined;
  // Of one that is started again at once, its manager soon knows it no more.
  let ended: Exit | null = null;
  const look = async (signal: AbortSignal): Promise<LookOf<UpLook>> => {
    const now = await lookAtService(service, managers, signal);
    const said = `${managers[service.how.kind].source} says ${now.detail}`;
    // An order sets the counter back, or counts itself.
    if (first === undefined || (now.restarts ?? 0) < first) first = now.restarts ?? 0;
    ended = now.exit ?? ended;
    const again = (now.restarts ?? 0) - first;
    if (now.state === 'failed') throw failed(service, now, ended, 'it has failed');
    if (again >= mostRestarts) {
      const exit = ended ?? (await nextEnd(service, managers, signal));
      throw failed(service, now, exit, `it was started ${again} times again`);
    }
    const isOld = order !== 'reload' && before.key !== null && now.key === before.key;
    if (now.state === 'stopped' && performance.now() - began > patienceMs)
      throw failed(service, now, ended, 'it has ended by itself');
    if (now.state !== 'running') return { seen: said };
    if (isOld) return { seen: `${said}, and that is still the process from before` };
    const ready = await askReady(service.ready, signal);
    if (ready?.ok === false) return { seen: `${said}, and ${ready.detail}` };
    return { value: { look: now, ready }, key: `${now.key}, ${now.restarts}` };
  };
  return waitUntil(look, {
    what: `${service.name} is up`,
    deadlineMs: timeoutMs + settleMs,
    steadyMs: settleMs,
    everyMs: 200,
    progress,
    suggestions: suggestions(service),
  });
}

/** What it ends with the next time: seen only in the moment before it is started again. */
async function nextEnd(
  service: ServiceDefinition,
  managers: Managers,
  signal: AbortSignal,
): Promise<Exit | null> {
  const until = performance.now() + endMs;
  while (performance.now() < until) {
    const { exit } = await lookAtService(service, managers, signal);
    if (exit !== null) return exit;
    await delay(20, undefined, { signal });
  }
  return null;
}

async function waitUntilStopped({
  service,
  managers,
  timeoutMs,
  progress,
}: WaitOptions): Promise<UpLook> {
  return waitUntil(
    async (signal) => {
      const now = await lookAtService(service, managers, signal);
      const isOver = now.state === 'stopped' || now.state === 'failed' || now.state === 'absent';
      return isOver && now.pid === null
        ? { value: { look: now, ready: undefined } }
        : { seen: `${managers[service.how.kind].source} says ${now.detail}` };
    },
    {
      what: `${service.name} has stopped`,
      deadlineMs: timeoutMs,
      everyMs: 100,
      progress,
      suggestions: suggestions(service),
    },
  );
}

function failed(
  { name }: ServiceDefinition,
  { detail }: Look,
  exit: Exit | null,
  why: string,
): OpsError {
  const how = exit === null ? '' : exitText(exit);
  return new OpsError(
    'E_SERVICE_FAILED',
    `${name} does not come up: ${why} (${[detail, how].filter((part) => part !== '').join(', ')}).`,
    { suggestions: suggestions({ name }) },
  );
}

function suggestions({ name }: Pick<ServiceDefinition, 'name'>): string[] {
  return [
    `See every cause that can be found: om-ops service why ${name}`,
    `See what it printed: om-ops service logs ${name} --lines 50`,
  ];
}
