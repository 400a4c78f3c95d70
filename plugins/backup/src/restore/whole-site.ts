import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fromSystemError, OpsError } from '@om-ops/kit';
import { pathIn } from '../archive/extract/open-path.ts';
import { inspectTarget } from '../archive/extract/target.ts';
import { openTargetParent } from '../archive/extract/target-parent.ts';
import { backupsOfSite, readCatalog } from '../catalog/catalog.ts';
import type { Owner } from '../catalog/owner.ts';
import { type Category, categories } from '../categories.ts';
import { type CategoryFailure, failureOf } from '../category-failure.ts';
import { newestBackup, type RestoreSource } from './source.ts';

export interface SiteSources {
  sources: (RestoreSource & { category: Category })[];
  /** Categories this site has and of which there is no backup to restore. */
  failed: CategoryFailure[];
}

/** The newest backup of each category of a site. A category it neither has nor had is passed over. */
export function siteSources(state: string, owner: Owner): SiteSources {
  const found: SiteSources = { sources: [], failed: [] };
  for (const category of categories) {
    try {
      const { ours } = backupsOfSite(readCatalog(state, category, owner));
      if (ours.length === 0 && owner.sources[category] === undefined) continue;
      found.sources.push({ ...newestBackup(category, state, owner), category });
    } catch (error) {
      found.failed.push(failureOf(category, error));
    }
  }
  if (found.sources.length > 0) return found;
  throw new OpsError(
    'E_NO_BACKUP',
    `There is no backup of this site (${owner.site} on ${owner.host}, ${owner.root}) in ${state} that could be restored.\n${found.failed.map(({ message }) => message).join('\n')}`,
    {
      exit: 'requirement',
      suggestions: [...new Set(found.failed.flatMap(({ suggestions }) => suggestions))],
    },
  );
}

/** Makes the folder the categories' folders come into. @throws OpsError E_NOT_EMPTY and what the disk says */
export function makeSiteFolder(to: string): string {
  using target = inspectTarget(to, false);
  const { path, existing } = target;
  if (existing !== undefined) return path;
  try {
    using parent = openTargetParent(path);
    // Dumps and settings are to be in it.
    mkdirSync(pathIn(parent.fd, Buffer.from(basename(path))), 0o700);
    return path;
  } catch (error) {
    throw fromSystemError(error, 'restore into', path);
  }
}
