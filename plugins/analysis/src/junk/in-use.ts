import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Pace } from '../pace.ts';
import { systemPath } from '../paths/escape.ts';

/** A path that a running process has open, runs, or works in. */
export interface OpenPath {
  path: string;
  pid: number;
  program: string;
}

export type OpenPaths = (root: string, pace: Pace) => Promise<OpenPath[]>;

const argumentsRead = 6;

/**
 * What processes have to do with paths below `root`: open files, the folders they work in, the
 * programs they are and the scripts they were started with. Without root, one's own processes only.
 */
export const processPaths: OpenPaths = async (root, pace) => {
  const found: OpenPath[] = [];
  let real: string;
  try {
    real = realpathSync(systemPath(root)).toString();
  } catch {
    return found;
  }
  const prefix = real.endsWith('/') ? real : `${real}/`;
  for (const name of listed('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    await pace.turn();
    const folder = join('/proc', name);
    const cwd = linkOf(join(folder, 'cwd'));
    const paths = new Set([cwd, linkOf(join(folder, 'exe')), ...scripts(folder, cwd)]);
    for (const fd of listed(join(folder, 'fd'))) paths.add(linkOf(join(folder, 'fd', fd)));
    let program: string | undefined;
    for (const path of paths) {
      if (path === undefined || !`${path}/`.startsWith(prefix)) continue;
      program ??= textOf(join(folder, 'comm')).trim();
      found.push({ path: join(root, path.slice(real.length)), pid: Number(name), program });
    }
  }
  return found;
};

/** Arguments that look like paths. */
function scripts(folder: string, cwd: string | undefined): string[] {
  return textOf(join(folder, 'cmdline'))
    .split('\0', argumentsRead)
    .filter((argument) => argument.includes('/') && !argument.startsWith('-'))
    .map((argument) => resolve(cwd ?? '/', argument));
}

// A process may end at any moment, and others' are closed to all but root.
function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
