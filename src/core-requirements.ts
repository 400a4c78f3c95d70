import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkState, isOpsError, isThere, type Requirement, type Site } from '@om-ops/kit';
import { formatBytes } from '@om-ops/kit/text';

/** False for what we may not look at: it may be there. */
function isAbsent(path: string): boolean {
  try {
    return !isThere(path);
  } catch {
    return false;
  }
}

function permitted(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** What om-ops itself needs: the site's root to read, STATE to write. */
export async function coreRequirements(site: Site): Promise<Requirement[]> {
  const found: Requirement[] = [
    {
      kind: 'program',
      name: 'node',
      purpose: 'running om-ops',
      state: 'ok',
      detail: `${process.version}, ${process.execPath}`,
    },
    site.located.file === undefined
      ? {
          kind: 'path',
          name: 'site profile',
          purpose: 'knowing this site',
          state: 'absent',
          detail: 'none: the built-in defaults are used',
          fix: 'Write one: om-ops init',
        }
      : { kind: 'path', name: site.located.file, purpose: 'knowing this site', state: 'ok' },
    rootRequirement(site),
    await stateRequirement(site.state),
  ];
  for (const name of site.envFiles) {
    const path = site.below(name);
    if (isAbsent(path)) continue;
    const readable = permitted(path, constants.R_OK);
    const open = readable && (statSync(path).mode & 0o004) !== 0;
    found.push({
      kind: 'permission',
      name: path,
      purpose: 'database names and credentials',
      state: readable ? 'ok' : 'missing',
      ...(readable
        ? open
          ? { detail: 'readable by everybody', fix: `Keep it private: chmod 640 ${path}` }
          : {}
        : {
            detail: 'not readable',
            fix: 'Run om-ops with sudo, or as the user who owns the file.',
          }),
    });
  }
  return found;
}

function rootRequirement(site: Site): Requirement {
  const base = { kind: 'path', name: site.root, purpose: 'the site itself (root)' } as const;
  if (isAbsent(site.root)) {
    return {
      ...base,
      state: 'missing',
      detail: 'does not exist',
      fix: 'Set `root` in the site profile: om-ops init',
    };
  }
  return permitted(site.root, constants.R_OK | constants.X_OK)
    ? { ...base, state: 'ok' }
    : {
        ...base,
        kind: 'permission',
        state: 'missing',
        detail: 'not readable',
        fix: 'Run om-ops with sudo.',
      };
}

async function stateRequirement(state: string): Promise<Requirement> {
  const base = { kind: 'path', name: state, purpose: 'backups, logs and reports (state)' } as const;
  let at = state;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  if (!permitted(at, constants.W_OK | constants.X_OK)) {
    return {
      ...base,
      kind: 'permission',
      state: 'missing',
      detail: 'not writable',
      fix: 'Run om-ops with sudo, or set `state` or OM_OPS_STATE to a folder of yours.',
    };
  }
  try {
    const warning = checkState(state)[0];
    if (warning !== undefined) return { ...base, state: 'ok', detail: warning };
  } catch (error) {
    if (!isOpsError(error)) throw error;
    return {
      ...base,
      kind: 'permission',
      state: 'missing',
      detail: error.message,
      ...(error.suggestions[1] === undefined ? {} : { fix: error.suggestions[1] }),
    };
  }
  const { bavail, bsize } = await statfs(at);
  const free = `${formatBytes(bavail * bsize)} free`;
  return { ...base, state: 'ok', detail: at === state ? free : `will be made, ${free}` };
}
