import { type Change, OpsError } from '@om-ops/kit';
import type { Look } from '../kinds/look.ts';
import type { Order } from '../kinds/manager.ts';
import { lookAtServices, type Managers } from '../look/managers.ts';
import type { ServiceDefinition } from '../site.ts';
import type { UpLook } from './wait.ts';

/** One service that is told something, and what came of it. */
export interface Step {
  service: ServiceDefinition;
  order: Order;
  /** How it stood when the plan was made. */
  before: Look;
  /** Started because another one needs it. */
  isNeeded: boolean;
  outcome: 'not-begun' | 'begun' | 'done' | 'failed';
  after?: UpLook;
  /** What it has printed last, when it does not come to what it is for; without secrets. */
  lastLines: readonly string[];
}

export interface OrderPlan {
  steps: Step[];
  /** Those that are so already. */
  unchanged: ServiceDefinition[];
  /** The main process that each had when the plan was made. */
  pids: ReadonlyMap<string, number | null>;
  /** Of those that are stopped: who runs on and needs them. */
  leftAlone: { name: string; needs: string }[];
}

export interface PlanOptions {
  order: Order;
  /** What was asked for. */
  wanted: readonly ServiceDefinition[];
  all: readonly ServiceDefinition[];
  managers: Managers;
  /** Whether what is needed is started as well. */
  withNeeded: boolean;
  signal: AbortSignal;
}

const isUp = ({ state }: Look) => state === 'running';
const isDown = ({ state, pid }: Look) =>
  pid === null && (state === 'stopped' || state === 'failed' || state === 'absent');

/**
 * What has to be told to whom: each after those it needs, stops the other way round; what runs already is not
 * started, and what is needed and does not run is started first.
 *
 * @throws OpsError E_SERVICE_UNSEEN, E_APP_UNKNOWN (exit 5), E_SERVICE_STOPPED (1)
 */
export async function planOrder(options: PlanOptions): Promise<OrderPlan> {
  const { order, wanted, all, managers, withNeeded, signal } = options;
  const looks = await lookAtServices(all, managers, signal);
  const look = (name: string) => looks.get(name) as Look;
  const needed =
    order === 'stop' || !withNeeded
      ? []
      : neededBy(wanted, all).filter(({ name }) => !wanted.some((one) => one.name === name));
  const pids = new Map([...looks].map(([name, { pid }]) => [name, pid]));
  const plan: OrderPlan = { steps: [], unchanged: [], pids, leftAlone: [] };
  for (const service of all) {
    const before = look(service.name);
    const isWanted = wanted.includes(service);
    if (!isWanted && !needed.includes(service)) continue;
    const own: Order = isWanted ? order : 'start';
    if (!isWanted && isUp(before)) continue;
    refuse(service, before, own);
    const isSo = own === 'start' ? isUp(before) : own === 'stop' && isDown(before);
    if (isSo) plan.unchanged.push(service);
    else
      plan.steps.push({
        service,
        order: own,
        before,
        isNeeded: !isWanted,
        outcome: 'not-begun',
        lastLines: [],
      });
  }
  if (order === 'stop') {
    plan.steps.reverse();
    const stopped = new Set(plan.steps.map(({ service }) => service.name));
    for (const { name, after } of all)
      if (!stopped.has(name) && isUp(look(name)))
        for (const needs of after.filter((one) => stopped.has(one)))
          plan.leftAlone.push({ name, needs });
  }
  return plan;
}

/** All that these need, and what that needs. */
function neededBy(
  wanted: readonly ServiceDefinition[],
  all: readonly ServiceDefinition[],
): ServiceDefinition[] {
  const names = new Set<string>();
  const add = ({ after }: ServiceDefinition) => {
    for (const name of after) {
      if (names.has(name)) continue;
      names.add(name);
      const one = all.find((service) => service.name === name);
      if (one !== undefined) add(one);
    }
  };
  for (const one of wanted) add(one);
  return all.filter(({ name }) => names.has(name));
}

function refuse({ name, target, how }: ServiceDefinition, look: Look, order: Order): void {
  const { state, problem = '' } = look;
  const canBeMade = how.kind === 'compose' && how.file !== null && order !== 'reload';
  if (state === 'unknown' && look.detail === 'unknown')
    throw new OpsError('E_SERVICE_UNSEEN', `How ${name} stands could not be seen: ${problem}`, {
      exit: 'requirement',
      suggestions: ['Check what is missing: om-ops doctor'],
    });
  if (state === 'absent' && order !== 'stop' && !canBeMade)
    throw new OpsError('E_APP_UNKNOWN', `${name} is not there: ${problem}`, {
      exit: 'requirement',
      suggestions: [
        `Correct what the profile says of ${name} (${target}): om-ops config path`,
        `See every cause that can be found: om-ops service why ${name}`,
      ],
    });
  if (order === 'reload' && state !== 'running')
    throw new OpsError('E_SERVICE_STOPPED', `${name} does not run, so it cannot be reloaded.`, {
      suggestions: [`Start it: om-ops service start ${name}`],
    });
}

/** What is run, for who is shown it. */
export function changesOf({ steps }: OrderPlan, managers: Managers): Change[] {
  return steps.map(({ service, order, before, isNeeded }) => ({
    kind: 'run',
    what: managers[service.how.kind].command(service, order, before),
    detail: `${service.name}: ${before.detail}${before.pid === null ? '' : `, pid ${before.pid}`}${isNeeded ? '; it is needed and does not run' : ''}`,
  }));
}

/** Whether everything stands as it did when the plan was made. */
export async function stillAsPlanned(
  { steps }: OrderPlan,
  managers: Managers,
  signal: AbortSignal,
): Promise<boolean> {
  const looks = await lookAtServices(
    steps.map(({ service }) => service),
    managers,
    signal,
  );
  return steps.every(({ service, before }) => {
    const now = looks.get(service.name);
    return now !== undefined && (now.key === before.key || goesRound(before, now));
  });
}

/** Its manager starts it again and again: seen in whichever moment of that, it is the same service. */
function goesRound(before: Look, now: Look): boolean {
  return (
    before.state === 'restarting' ||
    now.state === 'restarting' ||
    (before.restarts !== null && now.restarts !== null && now.restarts > before.restarts)
  );
}

/** What stands where, when it ended in the middle. */
export function standingOf({ steps }: OrderPlan): string {
  const words = { start: 'started', stop: 'stopped', restart: 'restarted', reload: 'reloaded' };
  const said = steps.flatMap(({ service: { name }, order, outcome }): string[] => {
    if (outcome === 'done') return [`${name} was ${words[order]}`];
    if (outcome === 'begun')
      return [`${name} was told to ${order}, and what came of it was not waited for`];
    return outcome === 'not-begun' ? [`${name} was left as it was`] : [];
  });
  return said.length === 0 ? '' : `${said.join('; ')}.`;
}
