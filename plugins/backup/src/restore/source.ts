import { basename, dirname, join } from 'node:path';
import { isThere, OpsError, resolveFrom } from '@om-ops/kit';
import {
  backupsOfSite,
  type CatalogEntry,
  futureWarnings,
  isInFuture,
  lastWhole,
  newestOf,
  readCatalog,
} from '../catalog/catalog.ts';
import { type Belonging, belonging, type Owner, whose } from '../catalog/owner.ts';
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
  belongs: Belonging;
  /** Why it is hardly what should be in it. */
  doubt: string | undefined;
  /** The newest in which nothing is missing, when this one is not whole. */
  whole: string | undefined;
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
  owner: Owner,
): RestoreSource {
  const category = categories.find((one) => one === named);
  return category === undefined
    ? namedFile(resolveFrom(cwd, named), named, state, owner)
    : newestBackup(category, state, owner);
}

/** The newest of this site. @throws as `findRestoreSource` */
export function newestBackup(category: Category, state: string, owner: Owner): RestoreSource {
  const now = new Date();
  const { ours, others } = backupsOfSite(readCatalog(state, category, owner));
  const { newest } = newestOf(ours, now);
  if (newest === undefined) throw noBackup(category, state, owner, others);
  if (isLost(newest.state)) throw damagedError(category, newest, ours, now);
  const warnings = [
    ...futureWarnings(ours, now),
    ...others
      .filter(({ belongs, time }) => belongs === 'unknown' && time > newest.time)
      .map(({ path }) => `Nothing says whose ${path} is, so it was passed over.`),
  ];
  return sourceOf(newest, ours, warnings);
}

function sourceOf(
  entry: CatalogEntry,
  backups: readonly CatalogEntry[],
  warnings: readonly string[],
): RestoreSource {
  const { path: archive, category, belongs, doubt, isWhole, reading } = entry;
  const { sidecar, lack } = reading;
  return {
    archive,
    sidecar,
    lack,
    category,
    belongs,
    doubt,
    whole: isWhole ? undefined : lastWhole(backups)?.path,
    warnings: [...warnings, ...belongingWarnings(archive, sidecar, belongs)],
  };
}

function belongingWarnings(
  archive: string,
  sidecar: KnownSidecar | undefined,
  belongs: Belonging,
): string[] {
  if (sidecar === undefined) return [];
  if (belongs === 'other') return [`${archive} is none of this site: it is of ${whose(sidecar)}.`];
  return belongs === 'moved'
    ? [`${archive} was made where this site lay before: it is of ${whose(sidecar)}.`]
    : [];
}

function noBackup(
  category: Category,
  state: string,
  owner: Owner,
  others: readonly CatalogEntry[],
): OpsError {
  const folder = join(state, category);
  const exit = 'requirement';
  const list = 'See the backups there are: om-ops backup list';
  const [other] = others;
  if (other === undefined)
    return new OpsError('E_NO_BACKUP', `There is no backup of ${category} in ${folder}.`, {
      exit,
      suggestions: [list],
    });
  const names = others.map(({ reading: { sidecar } }) =>
    sidecar === undefined ? 'of which nothing says whose they are' : whose(sidecar),
  );
  const hosts = others.flatMap(({ site, host }) =>
    site === owner.site && host !== null && host !== owner.host ? [host] : [],
  );
  return new OpsError(
    'E_NO_BACKUP',
    `There is no backup of ${category} of this site (${owner.site} on ${owner.host}, ${owner.root}) in ${folder}; there are ${others.length} of others: ${[...new Set(names)].join('; ')}.`,
    {
      exit,
      suggestions: [
        ...new Set(
          hosts.map((host) => `Those this site has from ${host} are meant with: --host ${host}`),
        ),
        `To restore such a one, name its file: om-ops backup restore ${other.path} --to DIR`,
        list,
      ],
    },
  );
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

function namedFile(archive: string, named: string, state: string, owner: Owner): RestoreSource {
  if (!isThere(archive)) {
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
  if (sidecar?.archive !== basename(archive))
    return {
      archive,
      sidecar: undefined,
      lack: lack ?? 'foreign',
      category: undefined,
      warnings: [],
      belongs: 'unknown',
      doubt: undefined,
      whole: undefined,
    };
  const { category } = sidecar;
  // One of STATE has others before it to be compared with.
  const isInState = dirname(archive) === join(state, category);
  const { ours } = backupsOfSite(isInState ? readCatalog(state, category, owner) : []);
  const entry = ours.find(({ path }) => path === archive);
  if (entry !== undefined) return sourceOf(entry, ours, []);
  const belongs = belonging(sidecar, category, owner);
  return {
    archive,
    sidecar,
    lack: undefined,
    category,
    warnings: belongingWarnings(archive, sidecar, belongs),
    belongs,
    doubt: undefined,
    whole: undefined,
  };
}
