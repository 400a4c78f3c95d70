import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OpsError } from '@om-ops/kit';
import { readCatalog } from '../catalog/catalog.ts';
import { readSidecar, type Sidecar } from '../catalog/sidecar.ts';
import { type Category, categories } from '../categories.ts';

/** The backup a restore reads. */
export interface RestoreSource {
  /** Absolute path of the archive. */
  archive: string;
  /** Undefined for an archive without one. */
  sidecar: Sidecar | undefined;
  /** Its sidecar is there and cannot be understood. */
  damaged: boolean;
  /** Undefined for an archive that is none of ours. */
  category: Category | undefined;
}

/**
 * Finds the backup that was named: the newest of a category, or a file.
 *
 * @throws OpsError E_NO_BACKUP, E_NOT_FOUND (exit 5)
 */
export function findRestoreSource(named: string, state: string, cwd: string): RestoreSource {
  const category = categories.find((one) => one === named);
  if (category !== undefined) {
    const newest = readCatalog(state, category).find(
      ({ state }) => state !== 'size-differs' && state !== 'archive-missing',
    );
    if (newest === undefined) {
      throw new OpsError(
        'E_NO_BACKUP',
        `There is no backup of ${category} in ${join(state, category)}.`,
        {
          exit: 'requirement',
          suggestions: ['See the backups there are: om-ops backup list'],
        },
      );
    }
    const damaged = newest.sidecar === undefined && existsSync(newest.metadataPath);
    return { archive: newest.path, sidecar: newest.sidecar, damaged, category };
  }
  const archive = resolve(cwd, named);
  if (!existsSync(archive)) {
    throw new OpsError(
      'E_NOT_FOUND',
      `There is no backup ${archive}, and \`${named}\` is no category.`,
      {
        exit: 'requirement',
        suggestions: [
          `Categories: ${categories.join(', ')}`,
          'See the backups there are: om-ops backup list',
        ],
      },
    );
  }
  const sidecar = readSidecar(
    join(dirname(archive), basename(archive).replace(/\.tar\.gz$/, '.json')),
  );
  const known =
    sidecar === 'damaged' || sidecar?.archive !== basename(archive) ? undefined : sidecar;
  return { archive, sidecar: known, damaged: sidecar === 'damaged', category: known?.category };
}
