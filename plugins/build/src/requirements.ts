import { accessSync, constants } from 'node:fs';
import { findProgram, program, type Requirement, type Site, sitePath } from '@om-ops/kit';
import { git } from './parts/git.ts';
import { partsOf } from './parts/part.ts';

/** The Node of the site, npm, and folders that may be written to. */
export async function buildRequirements(site: Site): Promise<Requirement[]> {
  const path = sitePath();
  const needed = (name: string, purpose: string, fix: string): Requirement => {
    const found = findProgram(name, path);
    const base = { kind: 'program', name, purpose } as const;
    return found === undefined
      ? { ...base, state: 'missing', fix }
      : { ...base, state: 'ok', detail: found };
  };
  return [
    needed(
      'node',
      'building the site and checking what was built',
      'Install the Node of the site where PATH finds it.',
    ),
    needed('npm', 'building the site', 'Install it: sudo apt-get install npm'),
    git.requirement('telling whether sources have changed', false),
    program('cp', { install: 'Install it: sudo apt-get install coreutils' }).requirement(
      'keeping what a build replaces',
      true,
    ),
    ...partsOf(site).flatMap(({ folder, name }) =>
      writable(folder, `building the ${name}`, site.sourceOf([name]) !== 'default'),
    ),
  ];
}

function writable(folder: string, purpose: string, isNamed: boolean): Requirement[] {
  const base = { kind: 'permission', name: folder, purpose } as const;
  try {
    accessSync(folder);
  } catch {
    const fix = 'Correct the folder in the site profile: om-ops config show';
    return [
      {
        ...base,
        kind: 'path',
        state: isNamed ? 'missing' : 'absent',
        detail: 'there is no such folder',
        fix,
      },
    ];
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [{ ...base, state: 'ok' }];
  } catch {
    return [
      {
        ...base,
        state: 'missing',
        detail: 'it may not be written to',
        fix: 'Run om-ops as the owner of the folder, or with sudo.',
      },
    ];
  }
}
