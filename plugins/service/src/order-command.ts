import {
  Args,
  backendLock,
  type Change,
  type Command,
  dryRunFlag,
  Flags,
  type GuardedResult,
  OpsCommand,
  OpsError,
} from '@om-ops/kit';
import type { Exit } from './kinds/look.ts';
import type { Order } from './kinds/manager.ts';
import type { Ready } from './look/ready.ts';
import { carryOut } from './orders/carry-out.ts';
import { changesOf, type OrderPlan, planOrder, standingOf, stillAsPlanned } from './orders/plan.ts';
import { type ServiceDefinition, secondsOrTime } from './site.ts';
import { chosen, siteServices } from './site-services.ts';
import { orderText } from './view/order.ts';

/** What came of an order for one service. */
export interface OrderedService {
  name: string;
  order: Order;
  /** `unchanged`: it was so already. */
  outcome: 'planned' | 'unchanged' | 'not-begun' | 'begun' | 'done' | 'failed';
  pids: { before: number | null; after: number | null };
  state: string;
  exit: Exit | null;
  ready: Ready | null;
  /** What it has printed last, when it does not come to what it is for; without secrets. */
  lastLines: readonly string[];
}

export interface OrderResult {
  order: Order;
  outcome: GuardedResult['outcome'];
  changes: readonly Change[];
  problem?: string;
  services: OrderedService[];
}

export const orderFlags = {
  ...dryRunFlag,
  all: Flags.boolean({ summary: 'All services of the profile.', default: false }),
  timeout: Flags.string({
    summary: 'How long to wait for each until it is so: 90s, 5m.',
    helpValue: 'TIME',
    default: '60s',
  }),
  'no-deps': Flags.boolean({
    summary: 'Leave services alone that are needed and do not run.',
    default: false,
  }),
};

export const settleFlag = {
  settle: Flags.string({
    summary: 'How long one main process has to stay before it counts as up.',
    helpValue: 'TIME',
    default: '5s',
  }),
};

interface GivenFlags {
  all: boolean;
  timeout: string;
  settle?: string;
  'no-deps': boolean;
}

/** A command that tells services one thing, and ends when it is so. */
export abstract class ServiceOrder<C extends typeof Command> extends OpsCommand<C, OrderResult> {
  static override record = 'audit' as const;
  static override baseFlags = OpsCommand.baseFlags;
  static override args = {
    names: Args.string({ multiple: true, description: 'Services of the profile.' }),
  };

  protected abstract readonly order: Order;

  protected override async perform(): Promise<OrderResult> {
    const { order } = this;
    const flags = this.flags as unknown as GivenFlags;
    const timeoutMs = between('--timeout', flags.timeout, 1000, 3_600_000);
    const settleMs = between('--settle', flags.settle ?? '0s', 0, 600_000);
    const { signal, redactor: redact } = this.operation;
    const { all, managers } = await siteServices(this.site, this.abilities, signal);
    const wanted = this.#wanted(all, flags.all);
    const isGuarded =
      (order === 'stop' || order === 'restart') && wanted.some((one) => one.critical);
    return this.guarded(
      this.#locks(wanted),
      {
        plan: () =>
          planOrder({ order, wanted, all, managers, withNeeded: !flags['no-deps'], signal }),
        changes: (plan) => changesOf(plan, managers),
        ...(isGuarded ? { question: () => question(order, wanted) } : {}),
        stillHolds: (plan) => stillAsPlanned(plan, managers, signal),
        apply: async (plan, progress) => {
          this.#warnOf(plan);
          await carryOut(plan, { managers, timeoutMs, settleMs, redact }, progress);
          const unclear = plan.steps.filter(({ after }) => after?.ready?.ok === null);
          for (const { service, after } of unclear)
            this.incomplete(`${service.name} runs; ${after?.ready?.detail}.`);
        },
        standing: standingOf,
        touched: ({ steps }) =>
          steps
            .filter(({ outcome }) => outcome !== 'not-begun')
            .map(({ service }) => `${service.how.kind}:${service.target}`),
      },
      (done, plan) => resultOf(order, done, plan),
    );
  }

  #wanted(all: readonly ServiceDefinition[], isAll: boolean): ServiceDefinition[] {
    const names = (this.args as { names?: string[] }).names ?? [];
    if (isAll && names.length > 0)
      throw new OpsError('E_USAGE', 'Name services, or say --all; not both.', { exit: 'usage' });
    if (isAll) return [...all];
    if (names.length > 0) return chosen(all, names);
    throw new OpsError('E_USAGE', `Which service is to ${this.order}?`, {
      exit: 'usage',
      suggestions: [`Name it: ${all.map(({ name }) => name).join(', ')}`, 'Or all of them: --all'],
    });
  }

  #locks(wanted: readonly ServiceDefinition[]): string[] {
    const names = wanted.map(({ name }) => name).sort();
    const own = names.filter((name) => name !== 'backend').map((name) => `service-unit-${name}`);
    return names.includes('backend') ? [...own, backendLock] : own;
  }

  #warnOf({ leftAlone }: OrderPlan): void {
    for (const { name, needs } of leftAlone)
      this.operation.warn(`${name} needs ${needs} and runs on without it.`);
  }

  protected override text(result: OrderResult): string {
    return orderText(result);
  }
}

function resultOf(order: Order, done: GuardedResult, plan: OrderPlan): OrderResult {
  const { outcome, changes, problem } = done;
  const isPlanned = outcome === 'planned';
  return {
    order,
    outcome,
    changes,
    ...(problem === undefined ? {} : { problem }),
    services: [
      ...plan.unchanged.map(
        (service): OrderedService => ({
          name: service.name,
          order,
          outcome: 'unchanged',
          pids: {
            before: plan.pids.get(service.name) ?? null,
            after: plan.pids.get(service.name) ?? null,
          },
          state: order === 'stop' ? 'stopped' : 'running',
          exit: null,
          ready: null,
          lastLines: [],
        }),
      ),
      ...plan.steps.map(
        ({ service, order: own, outcome: came, before, after, lastLines }): OrderedService => ({
          name: service.name,
          order: own,
          outcome: isPlanned ? 'planned' : came,
          pids: { before: before.pid, after: after?.look.pid ?? null },
          state: after?.look.state ?? (came === 'not-begun' ? before.state : 'unknown'),
          exit: after?.look.exit ?? null,
          ready: after?.ready ?? null,
          lastLines,
        }),
      ),
    ],
  };
}

function question(order: Order, wanted: readonly ServiceDefinition[]): string {
  const critical = wanted.filter((one) => one.critical).map(({ name }) => name);
  const are = critical.length === 1 ? 'is' : 'are';
  return `${critical.join(', ')} ${are} marked critical and will be ${order === 'stop' ? 'stopped' : 'restarted'}.`;
}

function between(flag: string, text: string, least: number, most: number): number {
  const ms = secondsOrTime(text);
  if (ms >= least && ms <= most) return ms;
  throw new OpsError(
    'E_USAGE',
    `${flag} ${text} is not between ${least / 1000} s and ${most / 60_000} min.`,
    { exit: 'usage', suggestions: ['Write it as 90s or 5m.'] },
  );
}
