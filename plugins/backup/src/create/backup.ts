import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  AtomicFile,
  fromSystemError,
  isoWithOffset,
  makeStateFolder,
  mayBeThere,
  OpsError,
  type Progress,
} from '@om-ops/kit';
import { isIncomplete, type Skipped } from '../archive/tree/skipped.ts';
import { lastWhole, readCatalog } from '../catalog/catalog.ts';
import { doubtOf } from '../catalog/doubt.ts';
import { shortfall } from '../catalog/lacks.ts';
import { freeBackupName } from '../catalog/name.ts';
import type { Owner } from '../catalog/owner.ts';
import type { Sidecar } from '../catalog/sidecar.ts';
import { tidyCategory } from '../catalog/tidy.ts';
import type { Category } from '../categories.ts';
import { assertRoom, roomAt, roomDoubt } from '../room.ts';
import type { ArchiveMaker, ExpectedContent, MadeArchive } from './maker.ts';

/** One backup that was made: docs/surface.md, "Result of `backup run`". */
export interface MadeBackup {
  category: Category;
  path: string;
  metadataPath: string;
  bytes: number;
  sourceBytes: number;
  files: number;
  sha256: string;
  seconds: number;
  skipped: Skipped[];
  /** Folders that were left out because they hold output as a rule. */
  leftOut: string[];
  /** Why it is hardly what should be in it, or how much the last one had that it has not: sentences. */
  doubts: string[];
}

export interface MakeBackupOptions {
  category: Category;
  /** STATE. */
  state: string;
  owner: Owner;
  maker: ArchiveMaker;
  /** Of om-ops, for the sidecar. */
  version: string;
  /** Somebody watches: count first, to say how much is left. */
  measure: boolean;
  /** It is right that there is much less than in the last backup. */
  acceptLess: boolean;
  progress: Progress;
  /** Called as soon as the backup is there, whatever happens after that. */
  onMade(made: MadeBackup): void;
}

/**
 * Makes one backup: archive and sidecar appear together under their names when both are whole, or
 * not at all. Call with the category's lock held.
 *
 * @throws OpsError: what the maker throws; E_DISK_FULL, E_PERMISSION, E_READ_ONLY of STATE
 */
export async function makeBackup(options: MakeBackupOptions): Promise<MadeBackup> {
  const { category, state, maker, progress } = options;
  const started = new Date();
  const folder = join(state, category);
  await maker.check();
  makeStateFolder(state);
  makeStateFolder(folder);
  await tidyCategory(state, category, progress);
  const stem = freeBackupName(folder, category, started);
  const path = join(folder, `${stem}.tar.gz`);
  const metadataPath = join(folder, `${stem}.json`);
  const counted = await checkRoom(folder, options);
  await using file = await AtomicFile.create(path);
  if (!file.keepsMode)
    progress.warn(
      `The file system of ${state} keeps no modes: whoever may enter that folder may read the backups.`,
    );
  const expected = counted ?? (options.measure ? await maker.measure?.(progress) : undefined);
  const made = await maker.write(file.handle, progress, expected).catch((error: unknown) => {
    throw progress.signal.aborted
      ? error
      : fromSystemError(error, `back up ${category} into`, path);
  });
  progress.signal.throwIfAborted();
  const seconds = (Date.now() - started.getTime()) / 1000;
  const sidecar = sidecarOf(made, `${stem}.tar.gz`, started, options);
  const { bytes, sourceBytes, files, sha256, skipped } = sidecar;
  const backup: MadeBackup = {
    category,
    path,
    metadataPath,
    bytes,
    sourceBytes,
    files,
    sha256,
    seconds,
    skipped,
    leftOut: made.leftOut ?? [],
    doubts: doubtsOf(sidecar, options),
  };
  // Both are whole and on the disk before either gets its name, the archive first: a sidecar alone
  // then always means that an archive was lost, and never that a run was cut off.
  await using written = await AtomicFile.create(metadataPath);
  try {
    await written.handle.writeFile(`${JSON.stringify(sidecar, null, 2)}\n`);
    await written.handle.sync();
  } catch (error) {
    throw fromSystemError(error, 'write the sidecar', metadataPath);
  }
  try {
    await file.commit({ noClobber: true });
    await written.commit({ noClobber: true });
  } catch (error) {
    throw afterNaming(error, backup, options);
  }
  options.onMade(backup);
  if (made.failed !== undefined && made.failed.length > 0) throw partOf(backup, made.failed);
  return backup;
}

/** The backup is kept for what is in it, and the run failed for what is not. */
function partOf({ path }: MadeBackup, failed: NonNullable<MadeArchive['failed']>): OpsError {
  const [first] = failed;
  const error = new OpsError(
    (first?.error.code ?? 'E_DUMP_FAILED') as `E_${string}`,
    `${failed.map(({ name }) => name).join(', ')} could not be dumped: ${failed.map(({ error }) => error.message).join('\n')}\nThe other databases are in ${path}, which counts as partial.`,
    { suggestions: [...new Set(failed.flatMap(({ error }) => error.suggestions))] },
  );
  return first === undefined ? error : Object.assign(error, { exit: first.error.exit });
}

/** With this much more free than the last one took there is no need to count. */
const plenty = 4;

/** @throws OpsError E_DISK_FULL when it certainly does not fit; where it may not, that is said */
async function checkRoom(
  folder: string,
  { category, state, owner, maker, progress }: MakeBackupOptions,
): Promise<ExpectedContent | undefined> {
  const room = await roomAt(folder);
  const last = lastWhole(readCatalog(state, category, owner));
  if (maker.room === undefined || (last !== undefined && room.freeBytes > plenty * last.bytes))
    return undefined;
  const { expected, ...needed } = await maker.room(last?.reading.sidecar, progress);
  const asked = {
    ...needed,
    doing: `back up ${category}`,
    path: folder,
    suggestions: [
      'Free some space: om-ops analysis run shows what takes it, om-ops backup prune deletes old backups.',
      'Or set `state` in the site profile to a larger disk.',
    ],
  };
  assertRoom(asked, room);
  const doubt = roomDoubt(asked, room);
  if (doubt !== undefined) progress.warn(doubt);
  return expected;
}

/** Half a pair is taken back; of a whole one it is said that it is there although the run failed. */
function afterNaming(
  error: unknown,
  backup: MadeBackup,
  { category, onMade }: MakeBackupOptions,
): OpsError {
  const failure = fromSystemError(error, `back up ${category} into`, backup.path);
  if (failure.code === 'E_EXISTS' || !mayBeThere(backup.path)) return failure;
  if (!mayBeThere(backup.metadataPath)) {
    rmSync(backup.path, { force: true });
    return failure;
  }
  onMade(backup);
  const told = new OpsError(
    failure.code,
    `${failure.message} The backup ${backup.path} is whole all the same; a power cut now might lose it.`,
    { suggestions: failure.suggestions, cause: error },
  );
  return Object.assign(told, { exit: failure.exit });
}

function sidecarOf(
  made: MadeArchive,
  archive: string,
  started: Date,
  { category, owner, maker, version, acceptLess }: MakeBackupOptions,
): Sidecar {
  const { bytes, sourceBytes, files, directories, sha256, excluded, skipped } = made;
  return {
    category,
    createdAt: isoWithOffset(started),
    tool: 'om-ops',
    version,
    host: owner.host,
    source: maker.source,
    archive,
    bytes,
    sourceBytes,
    files,
    directories,
    sha256,
    excluded,
    skipped,
    durationSeconds: (Date.now() - started.getTime()) / 1000,
    site: owner.site,
    root: owner.root,
    ...(made.diskBytes === undefined ? {} : { diskBytes: made.diskBytes }),
    ...((made.databaseCopies ?? []).length === 0 ? {} : { databaseCopies: made.databaseCopies! }),
    ...(made.mounts === undefined ? {} : { mounts: made.mounts }),
    ...(made.databases === undefined ? {} : { databases: made.databases }),
    ...(acceptLess ? { acceptedLess: true as const } : {}),
  };
}

function doubtsOf(sidecar: Sidecar, { category, state, owner }: MakeBackupOptions): string[] {
  const last = lastWhole(readCatalog(state, category, owner));
  const doubt = doubtOf(category, sidecar, last?.reading.sidecar);
  if (doubt !== undefined) return [doubt];
  const short = isIncomplete(sidecar.skipped) ? shortfall(sidecar.files, last) : undefined;
  return short === undefined ? [] : [short];
}
