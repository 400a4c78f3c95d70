import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OpsError, resolveFrom } from '@om-ops/kit';
import {
  type CatalogEntry,
  futureWarnings,
  isInFuture,
  newestOf,
  readCatalog,
} from '../catalog/catalog.ts';
import { type KnownSidecar, readSidecar, type SidecarLack } from '../catalog/sidecar.ts';
import { isLost, isUsable } from '../catalog/state.ts';
import { type Category, categories } from '../categories.ts';

/** The backup a restore reads. */
export interface RestoreSource {
  /** Absolute path of the archive. */
  archive: string;
  /** Undefined for an archive without one that can be gone by. */
  sidecar: KnownSidecar | undefined;
  /** Why there is no sidecar. */
  lack: SidecarLack | undefined;
  /** Undefined for an archive that is none of ours. */
  category: Category | undefined;
  /** What has to be said of the choice. */
  warnings: string[];
}

/**
 * Finds the backup that was named: the newest of a category, or a file. Never an older one because
 * the newest is damaged: what came out would be old, and nobody would know.
 *
 * @throws OpsError E_NO_BACKUP, E_NOT_FOUND (exit 5); E_CHECKSUM, E_ARCHIVE_MISSING when the newest is damaged
 */
export function findRestoreSource(
  named: string,
  state: string,
  cwd: string | undefined,
): RestoreSource {
  const category = categories.find((one) => one === named);
  return category === undefined
    ? namedFile(resolveFrom(cwd, named), named)
    : newestBackup(category, state);
}

function newestBackup(category: Category, state: string): RestoreSource {
  const now = new Date();
  const backups = readCatalog(state, category);
  const { newest } = newestOf(backups, now);
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
  if (isLost(newest.state)) throw damagedError(category, newest, backups, now);
  const { sidecar, lack } = newest.reading;
  const warnings = futureWarnings(backups, now);
  return { archive: newest.path, sidecar, lack, category, warnings };
}

function damagedError(
  category: Category,
  newest: CatalogEntry,
  backups: readonly CatalogEntry[],
  now: Date,
): OpsError {
  const what = `${newest.path} ${damageOf(newest)}`;
  const others = backups.filter((backup) => backup !== newest && !isLost(backup.state));
  const older =
    others.find((backup) => isUsable(backup.state) && !isInFuture(backup, now)) ?? others[0];
  const byHand =
    newest.state === 'size-differs'
      ? [`What is left of it: tar -xzf ${newest.path} -C <an empty folder>`]
      : [];
  if (older === undefined) {
    return new OpsError('E_NO_BACKUP', `There is no usable backup of ${category}: ${what}.`, {
      exit: 'requirement',
      suggestions: ['See the backups there are: om-ops backup list', ...byHand],
    });
  }
  return new OpsError(
    newest.state === 'archive-missing' ? 'E_ARCHIVE_MISSING' : 'E_CHECKSUM',
    `The newest backup of ${category} is damaged: ${what}. Nothing was restored.`,
    {
      suggestions: [
        `Restore the one of ${older.createdAt}: om-ops backup restore ${older.path} --to DIR`,
        ...byHand,
      ],
    },
  );
}

function damageOf({ state, bytes, reading }: CatalogEntry): string {
  if (state === 'archive-missing') return 'is gone, and only its sidecar is left';
  if (state === 'not-a-file') return 'is not a file';
  return `has ${bytes} bytes, and its sidecar says ${reading.sidecar?.bytes}`;
}

function namedFile(archive: string, named: string): RestoreSource {
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
  const { sidecar, lack } = readSidecar(
    join(dirname(archive), basename(archive).replace(/\.tar\.gz$/, '.json')),
  );
  const isOfIt = sidecar?.archive === basename(archive);
  return {
    archive,
    sidecar: isOfIt ? sidecar : undefined,
    lack: isOfIt ? undefined : (lack ?? 'foreign'),
    category: isOfIt ? sidecar.category : undefined,
    warnings: [],
  };
}
