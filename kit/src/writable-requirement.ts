import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Requirement } from './plugin.ts';

/**
 * For `doctor`: whether a folder below STATE, or the one it would be made in, may be written to.
 *
 * @param purpose `recording work sessions`
 */
export function writableRequirement(folder: string, purpose: string): Requirement {
  const requirement = { kind: 'permission', name: folder, purpose } as const;
  let there = folder;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
    return { ...requirement, state: 'ok' };
  } catch {
    return {
      ...requirement,
      state: 'missing',
      detail: `${there} may not be written to`,
      fix: 'Run om-ops as the owner of STATE, or with sudo.',
    };
  }
}
