import { program, type Requirement, type Site } from '@om-ops/kit';
import { docker } from './kinds/compose.ts';
import { definedServices } from './site.ts';

const systemctl = program('systemctl', { install: 'Install it: sudo apt-get install systemd' });

/** The managers that the services of the profile are run by. */
export async function serviceRequirements(site: Site): Promise<Requirement[]> {
  const kinds = new Set((await definedServices(site)).map(({ how }) => how.kind));
  return [
    systemctl.requirement('services that are units', kinds.has('systemd')),
    docker.requirement('services in containers', kinds.has('compose')),
  ];
}
