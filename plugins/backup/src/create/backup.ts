import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  AtomicFile,
  fromSystemError,
  isoWithOffset,
  makeStateFolder,
  type Progress,
  removeLeftovers,
} from '@om-ops/kit';
import type { Skipped } from '../archive/tree/skipped.ts';
import { freeBackupName } from '../catalog/name.ts';
import type { Sidecar } from '../catalog/sidecar.ts';
import type { Category } from '../categories.ts';
import type { ArchiveMaker } from './maker.ts';

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
}

export interface MakeBackupOptions {
  category: Category;
  /** STATE. */
  state: string;
  maker: ArchiveMaker;
  /** Of om-ops, for the sidecar. */
  version: string;
  /** Somebody watches: count first, to say how much is left. */
  measure: boolean;
  progress: Progress;
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
  for (const { path } of tidyCategory(state, category)) {
    progress.warn(`An earlier run was cut off; its unfinished ${path} was removed.`);
  }
  const stem = freeBackupName(folder, category, started);
  const path = join(folder, `${stem}.tar.gz`);
  const metadataPath = join(folder, `${stem}.json`);
  await using file = await AtomicFile.create(path);
  const expected = options.measure ? await maker.measure?.(progress) : undefined;
  const made = await maker.write(file.handle, progress, expected).catch((error: unknown) => {
    throw progress.signal.aborted
      ? error
      : fromSystemError(error, `back up ${category} into`, path);
  });
  progress.signal.throwIfAborted();
  const seconds = (Date.now() - started.getTime()) / 1000;
  const { bytes, sourceBytes, files, directories, sha256, excluded, skipped } = made;
  const sidecar: Sidecar = {
    category,
    createdAt: isoWithOffset(started),
    tool: 'om-ops',
    version: options.version,
    host: hostname(),
    source: maker.source,
    archive: `${stem}.tar.gz`,
    bytes,
    sourceBytes,
    files,
    directories,
    sha256,
    excluded,
    skipped,
    durationSeconds: seconds,
  };
  // Both are whole and on the disk before either gets its name, the archive first: a sidecar alone
  // then always means that an archive was lost, and never that a run was cut off.
  await using written = await AtomicFile.create(metadataPath);
  await written.handle.writeFile(`${JSON.stringify(sidecar, null, 2)}\n`);
  await written.handle.sync();
  await file.commit({ noClobber: true });
  await written.commit({ noClobber: true });
  return { category, path, metadataPath, bytes, sourceBytes, files, sha256, seconds, skipped };
}

/**
 * Removes what a killed run left of a category. Call with the category's lock held.
 */
export function tidyCategory(state: string, category: Category): { path: string }[] {
  const folder = join(state, category);
  return existsSync(folder) ? removeLeftovers(folder).removed : [];
}
