import type { ServiceDriver, Site } from '@om-ops/kit';
import { type Look, unseen } from '../kinds/look.ts';
import type { Manager } from '../kinds/manager.ts';
import type { Kind, ServiceDefinition } from '../site.ts';

export type Managers = Readonly<Record<Kind, Manager>>;

/** @param pm2 the driver of the plugin that knows PM2, if it is installed */
export async function allManagers(site: Site, pm2: ServiceDriver | undefined): Promise<Managers> {
  const [{ systemd }, { pm2Manager }, { compose }, { plainProcess }] = await Promise.all([
    import('../kinds/systemd/manager.ts'),
    import('../kinds/pm2.ts'),
    import('../kinds/compose.ts'),
    import('../kinds/process/manager.ts'),
  ]);
  return { systemd, pm2: pm2Manager(site, pm2), compose, process: plainProcess };
}

/** How services of every kind stand: one process a manager, all at once. */
export async function lookAtServices(
  services: readonly ServiceDefinition[],
  managers: Managers,
  signal: AbortSignal,
): Promise<Map<string, Look>> {
  const kinds = new Set(services.map(({ how }) => how.kind));
  const looks = await Promise.all(
    [...kinds].map((kind) =>
      managers[kind].look(
        services.filter(({ how }) => how.kind === kind),
        signal,
      ),
    ),
  );
  return new Map(looks.flatMap((one) => [...one]));
}

export async function lookAtService(
  service: ServiceDefinition,
  managers: Managers,
  signal: AbortSignal,
): Promise<Look> {
  const looks = await managers[service.how.kind].look([service], signal);
  return looks.get(service.name) ?? unseen('It could not be seen.');
}
