import { statSync } from 'node:fs';
import type { Requirement, Site } from '@om-ops/kit';
import { __camel__Section } from './site.ts';

/** The folder that is looked at. */
export async function __camel__Requirements(site: Site): Promise<Requirement[]> {
  const { dir } = await site.section(__camel__Section);
  const path = site.below(dir);
  const purpose = 'looking at __topic__';
  return [
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
      ? { kind: 'path', name: path, purpose, state: 'ok' }
      : {
          kind: 'path',
          name: path,
          purpose,
          state: 'absent',
          detail: 'there is no such folder',
          fix: 'Correct __section__.dir in the site profile.',
        },
  ];
}
