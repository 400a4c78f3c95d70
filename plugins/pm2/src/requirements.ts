import type { Requirement, Site } from '@om-ops/kit';
import { pm2Setting } from './app/look.ts';
import { programVersion } from './daemon/program.ts';
import { usesPm2 } from './uses-pm2.ts';

/** The program, as this site needs it or not. */
export async function pm2Requirements(site: Site): Promise<Requirement[]> {
  const setting = await pm2Setting(site);
  const requirement = setting.program.requirement('running the backend', usesPm2(site, setting));
  const path = setting.program.find();
  const version = path === undefined ? null : programVersion(path);
  return [version === null ? requirement : { ...requirement, detail: `${version}, ${path}` }];
}
