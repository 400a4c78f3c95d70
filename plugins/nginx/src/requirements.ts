import { statSync } from 'node:fs';
import type { Requirement, Site } from '@om-ops/kit';
import { nginxProgram } from './running/program.ts';
import { nginxSection } from './site.ts';

/** The program and its main file. */
export async function nginxRequirements(site: Site): Promise<Requirement[]> {
  const { bin, conf } = await site.section(nginxSection);
  const path = site.below(conf);
  // A site without a configuration has no nginx here.
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const program = nginxProgram(bin).requirement('testing and changing the proxy', isFile);
  const file: Requirement = {
    kind: 'path',
    name: path,
    purpose: 'reading how nginx is configured',
    state: isFile ? 'ok' : 'absent',
    ...(isFile
      ? {}
      : { detail: 'there is no such file', fix: 'Correct nginx.conf in the site profile.' }),
  };
  return [program, file];
}
