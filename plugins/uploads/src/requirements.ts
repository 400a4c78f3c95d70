import { program, type Requirement, type Site } from '@om-ops/kit';
import { findFolder } from './folder.ts';
import { uploadsSection } from './site.ts';

export const setpriv = program('setpriv', {
  install: 'Install it: sudo apt-get install util-linux',
});

/** The upload folders, and what is needed to act as the application's user. */
export async function uploadsRequirements(site: Site): Promise<Requirement[]> {
  const { dirs } = await site.section(uploadsSection);
  return [
    setpriv.requirement('trying as the application whether uploads can be written', false),
    ...dirs.map((dir): Requirement => {
      const path = site.below(dir);
      const { kind } = findFolder(path);
      const common = { kind: 'path', name: path, purpose: 'uploads' } as const;
      return kind === 'folder'
        ? { ...common, state: 'ok' }
        : {
            ...common,
            state: 'absent',
            detail: kind === 'absent' ? 'does not exist' : 'is no folder that can be looked at',
            fix: 'Make it: om-ops uploads fix; or correct uploads.dirs in the site profile.',
          };
    }),
  ];
}
