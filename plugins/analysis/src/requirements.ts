import { existsSync } from 'node:fs';
import type { Requirement, Site } from '@om-ops/kit';
import { git } from './git.ts';
import { analysisSection, scopes } from './site.ts';

/** The folders that can be analysed, and git, which says what is tracked. */
export async function analysisRequirements(site: Site): Promise<Requirement[]> {
  const section = await site.section(analysisSection);
  return [
    ...scopes.map((scope): Requirement => {
      const path = site.below(section.scopes[scope]);
      const purpose = `analysing the scope ${scope}`;
      return existsSync(path)
        ? { kind: 'path', name: path, purpose, state: 'ok' }
        : { kind: 'path', name: path, purpose, state: 'absent', detail: 'does not exist' };
    }),
    git.requirement('telling what is tracked', false),
  ];
}
