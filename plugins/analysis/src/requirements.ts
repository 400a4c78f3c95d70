import { existsSync } from 'node:fs';
import { findProgram, type Requirement, type Site } from '@om-ops/kit';
import { analysisSection, scopes } from './site.ts';

/** The folders that can be analysed, and git, which says what is tracked. */
export async function analysisRequirements(site: Site): Promise<Requirement[]> {
  const section = await site.section(analysisSection);
  const git = findProgram('git');
  return [
    ...scopes.map((scope): Requirement => {
      const path = site.below(section.scopes[scope]);
      const purpose = `analysing the scope ${scope}`;
      return existsSync(path)
        ? { kind: 'path', name: path, purpose, state: 'ok' }
        : { kind: 'path', name: path, purpose, state: 'absent', detail: 'does not exist' };
    }),
    git === undefined
      ? {
          kind: 'program',
          name: 'git',
          purpose: 'telling what is tracked',
          state: 'absent',
          fix: 'Install it: sudo apt-get install git',
        }
      : {
          kind: 'program',
          name: 'git',
          purpose: 'telling what is tracked',
          state: 'ok',
          detail: git,
        },
  ];
}
