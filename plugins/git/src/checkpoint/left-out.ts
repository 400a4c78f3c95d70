import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type BytePath,
  bytePath,
  fileOf,
  lastSegment,
  shownPath,
} from '../repository/byte-path.ts';
import type { WorkTreeEntry } from '../repository/work-tree.ts';

export interface LeftOut {
  /** From the top of the repository; with a `/` at its end a folder as a whole. */
  path: string;
  why:
    | 'ignored'
    | 'ignored env file'
    | 'repository of its own'
    | 'submodule with changes of its own'
    | 'unreadable';
}

const template = /\.(?:example|sample|template|dist|tpl|defaults?)$/i;

/** `.env`, `.env.production`, `prod.env`: not `.env.example`. */
export function isEnvFile(path: BytePath): boolean {
  const name = lastSegment(path);
  return /^\.env(?:$|[._-])|.\.env$/i.test(name) && !template.test(name);
}

/**
 * What no checkpoint holds, of what git says of the work tree.
 *
 * @param envFiles absolute paths of the profile's
 */
export function leftOutOf(
  top: string,
  entries: readonly WorkTreeEntry[],
  envFiles: readonly string[],
): LeftOut[] {
  const ignored = entries.filter(({ kind }) => kind === 'ignored').map(({ path }) => path);
  const isNamed = new Set(envFiles.map((file) => bytePath(Buffer.from(file))));
  const absolute = (path: BytePath) => bytePath(fileOf(top, path));
  const isEnv = (path: BytePath) => isEnvFile(path) || isNamed.has(absolute(path));
  // Those in a folder that is ignored as a whole are not listed by git.
  const within = envFiles.filter((file) =>
    ignored.some(
      (path) =>
        path.endsWith('/') &&
        `${bytePath(Buffer.from(resolve(file)))}`.startsWith(
          `${absolute(path).replace(/\/$/, '')}/`,
        ),
    ),
  );
  return [
    ...ignored.filter(isEnv).map((path) => ({ path, why: 'ignored env file' }) as const),
    ...within
      .filter((file) => existsSync(file))
      .map((file) => bytePath(Buffer.from(file.slice(top.length + 1))))
      .map((path) => ({ path, why: 'ignored env file' }) as const),
    ...nestedRepositories(entries).map((path) => ({ path, why: 'repository of its own' }) as const),
    ...entries
      .filter(({ submodule }) => submodule?.isDirty)
      .map(({ path }) => ({ path, why: 'submodule with changes of its own' }) as const),
    ...ignored.filter((path) => !isEnv(path)).map((path) => ({ path, why: 'ignored' }) as const),
  ].map(({ path, why }) => ({ path: shownPath(path), why }));
}

/** Repositories within this one that are no submodules of it. */
export function nestedRepositories(entries: readonly WorkTreeEntry[]): BytePath[] {
  return entries
    .filter(({ kind, path }) => kind === 'untracked' && path.endsWith('/'))
    .map(({ path }) => path);
}

/** Whether it lacks something that nobody told git to leave out. */
export function isLack({ why }: LeftOut): boolean {
  return why !== 'ignored' && why !== 'ignored env file';
}
