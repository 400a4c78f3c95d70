import { type Abilities, OpsError, type ServiceDriver, type Site } from '@om-ops/kit';
import { allManagers, type Managers } from './look/managers.ts';
import { definedServices, type ServiceDefinition } from './site.ts';

export interface SiteServices {
  /** Each after those that it needs. */
  all: ServiceDefinition[];
  managers: Managers;
  /** The driver of the plugin that knows PM2, if it is installed. */
  pm2: ServiceDriver | undefined;
}

/**
 * The services of the profile and what keeps them running; where the profile names none, the backend in PM2, if it
 * is there.
 *
 * @param options.mayBeNone a site without any is none to complain of
 * @throws OpsError E_NO_SERVICES (exit 5), E_SITE_INVALID (2)
 */
export async function siteServices(
  site: Site,
  abilities: Pick<Abilities, 'serviceDrivers'>,
  signal: AbortSignal,
  { mayBeNone = false } = {},
): Promise<SiteServices> {
  const { values } = await abilities.serviceDrivers();
  const pm2 = values.find(({ value }) => value.manager === 'pm2')?.value;
  const managers = await allManagers(site, pm2);
  const all = await definedServices(site);
  if (all.length > 0) return { all, managers, pm2 };
  const [app] = (await pm2?.services(site, signal)) ?? [];
  if (app === undefined) {
    if (mayBeNone) return { all: [], managers, pm2 };
    throw noServices();
  }
  const backend: ServiceDefinition = {
    name: 'backend',
    how: { kind: 'pm2', app: app.name },
    target: app.name,
    after: [],
    critical: false,
    wanted: true,
    ready: {},
    logs: [],
  };
  return { all: [backend], managers, pm2 };
}

function noServices(): OpsError {
  return new OpsError('E_NO_SERVICES', 'The site profile names no services.', {
    exit: 'requirement',
    suggestions: [
      'Name them in the site profile: services: {backend: {unit: my-app, after: [redis]}, redis: {unit: redis-server}}',
      'Which profile that is: om-ops config path',
    ],
  });
}

/** @throws OpsError E_UNKNOWN_SERVICE (exit 2) */
export function chosen(
  all: readonly ServiceDefinition[],
  names: readonly string[],
): ServiceDefinition[] {
  for (const name of names)
    if (!all.some((one) => one.name === name))
      throw new OpsError('E_UNKNOWN_SERVICE', `The profile has no service ${name}.`, {
        exit: 'usage',
        suggestions: [`It has: ${all.map((one) => one.name).join(', ')}`],
      });
  return all.filter(({ name }) => names.includes(name));
}

/** The one service that a command is about. @throws OpsError E_UNKNOWN_SERVICE (exit 2) */
export function chosenOne(all: readonly ServiceDefinition[], name: string): ServiceDefinition {
  const [one] = chosen(all, [name]);
  if (one === undefined) throw new Error(`${name} is known and was not found`);
  return one;
}
