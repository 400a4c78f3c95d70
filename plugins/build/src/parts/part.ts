import { join } from 'node:path';
import type { Site } from '@om-ops/kit';

export type PartName = 'backend' | 'frontend';

/** What is built by itself. */
export interface Part {
  name: PartName;
  /** Where its package.json is. Absolute, as `dist`. */
  folder: string;
  dist: string;
  /** What has to be in dist, below it. */
  required: readonly string[];
  /** Who runs it. */
  as: 'node' | 'browser';
  /** The site profile names it: that it is not there is then a mistake, and not a site without one. */
  isNamed: boolean;
}

export function partOf(site: Site, name: PartName): Part {
  const { dir, dist } = site[name];
  const folder = site.below(dir);
  return {
    name,
    folder,
    dist: join(folder, dist),
    required: name === 'backend' ? site.backend.required : [],
    as: name === 'backend' ? 'node' : 'browser',
    isNamed: name === 'backend' || site.sourceOf([name]) !== 'default',
  };
}

export function partsOf(site: Site): Part[] {
  return [partOf(site, 'backend'), partOf(site, 'frontend')];
}
