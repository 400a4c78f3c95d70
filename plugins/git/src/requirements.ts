import { isOpsError, messageOf, type Requirement, type Site } from '@om-ops/kit';
import { git } from './git.ts';
import { findRepository } from './repository/open.ts';
import { gitSection } from './site.ts';

/** git itself, the repository of the site, who commits, and where it is pushed to. */
export async function gitRequirements(site: Site): Promise<Requirement[]> {
  const { remote } = await site.section(gitSection);
  const program = git.requirement('checkpoints, commits and pushing', true);
  const base = { kind: 'path', name: site.root, purpose: 'the repository of the site' } as const;
  try {
    const repository = findRepository(site.root);
    if (repository === undefined) {
      const fix = `Correct root in the site profile, or make it one: git -C ${site.root} init`;
      return [program, { ...base, state: 'absent', detail: 'is in no git repository', fix }];
    }
    const found: Requirement = { ...base, name: repository.top, state: 'ok' };
    if (program.state !== 'ok') return [program, found];
    const identity = await repository.look(['var', 'GIT_COMMITTER_IDENT'], { accept: 'any' });
    const address = await repository.setting(`remote.${remote}.url`);
    return [
      program,
      found,
      {
        kind: 'service',
        name: 'a name and an e-mail address for git',
        purpose: 'commits',
        ...(identity.exitCode === 0
          ? { state: 'ok' }
          : { state: 'absent', fix: 'git config --global user.name NAME; user.email likewise' }),
      },
      {
        kind: 'service',
        name: `the remote ${remote}`,
        purpose: 'pushing',
        ...(address === undefined
          ? { state: 'absent', fix: `git -C ${repository.top} remote add ${remote} ADDRESS` }
          : { state: 'ok' }),
      },
    ];
  } catch (error) {
    const fix = isOpsError(error) ? error.suggestions[0] : undefined;
    const lacking = { ...base, state: 'missing', detail: messageOf(error) } as const;
    return [program, fix === undefined ? lacking : { ...lacking, fix }];
  }
}
