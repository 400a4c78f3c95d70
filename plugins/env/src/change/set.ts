import { join } from 'node:path';
import {
  type Change,
  type Guarded,
  isThere,
  makeStateFolder,
  OpsError,
  replaceContent,
  type Site,
  writeFileAtomic,
} from '@om-ops/kit';
import { envAssignments, parseEnvFile, readSmallFile } from '@om-ops/kit/site';
import { lengthClass } from '../findings/value.ts';
import { type EnvFile, keysOf, readEnvFilesOf } from '../read/env-file.ts';
import type { EnvSection } from '../site.ts';
import { changesOnly, withVariable } from './written-value.ts';

export interface SetPlan {
  path: string;
  name: string;
  /** Null: the file is new. */
  before: string | null;
  after: string;
  /** Where what the file held before is kept; null: it is new. */
  backup: string | null;
  /** Of the value, before and after: nothing of it but its length. */
  lengths: { before: string | null; after: string };
  done: boolean;
}

/** The file that a variable is set in: the one that counts for it, else the first that is there, else the first. */
export function fileFor(site: Site, section: EnvSection, name: string): string {
  const files = readEnvFilesOf(site, section);
  const unreadable = files.find((file) => file.unreadable !== null);
  if (unreadable !== undefined) throw cannotRead(unreadable);
  const holder = keysOf(files).get(name)?.file;
  const there = files.find(({ stat }) => stat !== null)?.path;
  const first = (section.files.length > 0 ? section.files : site.envFiles)[0];
  const path = holder ?? there ?? (first === undefined ? undefined : site.below(first));
  if (path !== undefined) return path;
  throw new OpsError('E_NO_ENV_FILE', 'The profile names no env file.', {
    exit: 'usage',
    suggestions: ['Say which: --file PATH', 'Name them in the profile: envFiles'],
  });
}

function cannotRead({ path, unreadable }: EnvFile): OpsError {
  return new OpsError('E_PERMISSION', `${path} cannot be read: ${unreadable}.`, {
    exit: 'requirement',
    suggestions: ['Run the command with sudo.'],
  });
}

export function planSet(options: {
  path: string;
  name: string;
  value: string;
  state: string;
  stamp: string;
}): SetPlan {
  const { path, name, value, state, stamp } = options;
  const before = isThere(path) ? readSmallFile(path, 'env file') : null;
  const text = before ?? '';
  const old = envAssignments(parseEnvFile(text)).get(name)?.value;
  const after = old === value ? text : withVariable(text, name, value);
  if (!changesOnly(parseEnvFile(text), parseEnvFile(after), name))
    throw new OpsError(
      'E_ENV_SHAPE',
      `${path} is written in a way that ${name} cannot be set in without changing more.`,
      {
        suggestions: [`Look for a quote that is never closed: om-ops env check ${path}`],
      },
    );
  const fileName = path.replace(/^\/+/, '').replaceAll('/', '_');
  return {
    path,
    name,
    before,
    after,
    backup: before === null ? null : join(state, 'env/backups', `${stamp}-${fileName}`),
    lengths: { before: old === undefined ? null : lengthClass(old), after: lengthClass(value) },
    done: false,
  };
}

export function setGuard(plan: () => Promise<SetPlan>): Guarded<SetPlan> {
  return {
    plan,
    changes: ({ path, before, after, name, lengths, backup }): Change[] =>
      before === after
        ? []
        : [
            {
              kind: before === null ? 'create' : 'edit',
              what: path,
              detail: `${name}: ${lengths.before === null ? 'not set' : lengths.before} → ${lengths.after}${backup === null ? '' : `; what the file held is kept in ${backup}`}`,
            },
          ],
    question: ({ name, path }) => `${name} will be set in ${path}.`,
    stillHolds: async ({ path, before }) =>
      before === null
        ? !isThere(path)
        : isThere(path) && readSmallFile(path, 'env file') === before,
    apply: async (plan) => {
      const { path, before, after, backup } = plan;
      if (before === null || backup === null) {
        plan.done = true;
        await writeFileAtomic(path, after);
        return;
      }
      makeStateFolder(join(backup, '..'));
      await writeFileAtomic(backup, before);
      plan.done = true;
      await replaceContent(path, after, { ifHolds: before });
    },
    verify: async ({ path, after, name }) =>
      readSmallFile(path, 'env file') === after
        ? undefined
        : `${path} does not hold what was written for ${name}.`,
    undo: async ({ path, before, after, done }) => {
      if (!done) return;
      if (before !== null) {
        if (readSmallFile(path, 'env file') === after)
          await replaceContent(path, before, { ifHolds: after });
        return;
      }
      const { rm } = await import('node:fs/promises');
      if (isThere(path) && readSmallFile(path, 'env file') === after) await rm(path);
    },
    standing: ({ path, backup }) =>
      backup === null ? `${path} may be there, new.` : `What ${path} held before is in ${backup}.`,
  };
}
