import { type Requirement, type Site, whyNotThere } from '@om-ops/kit';
import { git } from './git.ts';
import { analysisSection, scopes } from './site.ts';

/** The folders that can be analysed, and git, which says what is tracked. */
export async function analysisRequirements(site: Site): Promise<Requirement[]> {
  const section = await site.section(analysisSection);
  return [
    ...scopes.map((scope): Requirement => {
      const path = site.below(section.scopes[scope]);
      const purpose = `analysing the scope ${scope}`;
      const problem = whyNotThere(path);
      return problem === undefined
        ? { kind: 'path', name: path, purpose, state: 'ok' }
        : { kind: 'path', name: path, purpose, state: 'absent', detail: problem };
    }),
    git.requirement('telling what is tracked', false),
  ];
}
