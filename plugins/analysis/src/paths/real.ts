import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { escapePath, systemPath } from './escape.ts';

/**
 * The path without symlinks, escaped as escape.ts says. Of what is not there, the folders above it
 * are resolved; what may not be read is left as it is.
 */
export function realPath(path: string): string {
  try {
    return escapePath(realpathSync(systemPath(path), 'buffer'));
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), path.slice(path.lastIndexOf('/') + 1));
  }
}

/** True when `path` is `folder` or lies in it; both absolute. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
