import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { mayBeThere } from '@om-ops/kit';
import { bytesPath } from '../archive/tree/bytes-path.ts';
import { includedBelow, inclusionsOf } from '../archive/tree/include.ts';
import { nginxIncludes } from '../config/nginx-includes.ts';

/** What of nginx's folder is backed up, and what nginx reads that is not in it: sentences. */
export interface NginxSelection {
  include: string[];
  lacks: string[];
}

/**
 * Follows the `include` lines of nginx.conf, so that a configuration without sites-* is whole too.
 *
 * @param isOwn the profile itself says what to include: nothing is added then, and what is missing is said
 */
export function nginxSelection(
  source: string,
  include: readonly string[],
  isOwn: boolean,
): NginxSelection {
  const folder = realPath(source);
  // Of the defaults, what another package's nginx does not have is no lack.
  const wanted = include.filter(
    (name) => isOwn || name === 'nginx.conf' || mayBeThere(join(source, name)),
  );
  const selection: NginxSelection = { include: [...wanted], lacks: [] };
  for (const path of nginxIncludes(join(source, 'nginx.conf'))) {
    // A link is kept as a link: what it leads to has to be in the backup as well.
    for (const file of new Set([path, realPath(path)])) {
      const below = file === path ? relative(source, path) : relative(folder, file);
      if (below.startsWith('..') || isAbsolute(below))
        selection.lacks.push(
          `${file} is part of nginx's configuration and lies outside ${source}, so it is not in the backup.`,
        );
      else if (isCovered(below, wanted)) continue;
      else if (isOwn)
        selection.lacks.push(
          `${file} is part of nginx's configuration and not in the backup: backup.categories.nginx.include does not name it.`,
        );
      else selection.include.push(below);
    }
  }
  return { include: [...new Set(selection.include)], lacks: [...new Set(selection.lacks)] };
}

function isCovered(path: string, include: readonly string[]): boolean {
  let inclusions = inclusionsOf(include);
  for (const name of path.split('/')) {
    const wanted = includedBelow(inclusions, bytesPath(name));
    if (wanted === undefined) return false;
    if ('all' in wanted) return true;
    inclusions = wanted.some;
  }
  return false;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
