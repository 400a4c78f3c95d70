import type { Check, CheckAnswer, Metric, Panel, PanelContext, Site, State } from '@om-ops/kit';
import { allManagers } from './look/managers.ts';
import { isUnclear, isUnwell, type ServiceHealth, serviceStatuses } from './look/status.ts';
import { definedServices, type ServiceDefinition } from './site.ts';

/** Apps in PM2 are told by the plugin that knows PM2. */
async function ownServices(site: Site): Promise<ServiceDefinition[]> {
  return (await definedServices(site)).filter(({ how }) => how.kind !== 'pm2');
}

async function statuses(site: Site, services: readonly ServiceDefinition[], signal: AbortSignal) {
  return serviceStatuses(services, await allManagers(site, undefined), signal);
}

function stateOf(one: ServiceHealth): State {
  if (isUnwell(one)) return one.state === 'running' ? 'warning' : 'critical';
  if (isUnclear(one)) return 'unknown';
  return one.state === 'starting' ? 'warning' : 'healthy';
}

const order: readonly State[] = ['critical', 'warning', 'unknown', 'healthy', 'off'];

/** The services of the profile, as a card of the summary page. */
export async function servicesPanel({ site, signal }: PanelContext): Promise<Panel> {
  const services = await ownServices(site);
  if (services.length === 0)
    return { title: 'Services', state: 'off', metrics: [], facts: [], notes: [] };
  const all = await statuses(site, services, signal);
  const [worst = 'unknown'] = all.map(stateOf).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const count = (state: ServiceHealth['state']) => all.filter((one) => one.state === state).length;
  return {
    title: 'Services',
    state: worst,
    metrics: [
      { key: 'running', label: 'Running', value: count('running'), unit: 'count', welcome: 'up' },
      { key: 'restarts', label: 'Restarts', value: restarts(all), unit: 'count', welcome: 'down' },
    ],
    facts: all.map(({ name, state, kind }) => ({ label: name, value: `${state}, ${kind}` })),
    notes: all.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [`${name}: ${problem}`],
    ),
  };
}

function restarts(all: readonly ServiceHealth[]): number {
  return all.reduce((sum, one) => sum + (one.restarts ?? 0), 0);
}

/** One check a service, for `health`. */
export async function serviceChecks(site: Site): Promise<Check[]> {
  return (await ownServices(site)).map((service) => ({
    key: service.name,
    title: `The service ${service.name}`,
    async run(signal): Promise<CheckAnswer> {
      const [one] = await statuses(site, [service], signal);
      if (one === undefined) throw new Error('it could not be seen');
      return {
        state: stateOf(one),
        message: one.problem ?? `${one.name} is ${one.state}.`,
        metrics: metricsOf(one),
      };
    },
  }));
}

function metricsOf({ memoryBytes, restarts: count }: ServiceHealth): Metric[] {
  return [
    {
      key: 'memory',
      label: 'Memory',
      value: memoryBytes ?? null,
      unit: 'bytes',
      welcome: 'down',
    },
    { key: 'restarts', label: 'Restarts', value: count ?? null, unit: 'count', welcome: 'down' },
  ];
}
