import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, isoWithOffset, systemCode } from '@om-ops/kit';
import type { Category } from '../categories.ts';
import { isIncomplete } from '../tree/skipped.ts';
import { parseBackupName } from './name.ts';
import { readSidecar, type Sidecar } from './sidecar.ts';

/**
 * What can be said of a backup without reading it: `complete`; `partial`, when files were left out;
 * `no-metadata`, when its sidecar is missing or damaged; `size-differs`, when it is not the file that was written;
 * `archive-missing`, when only the sidecar is left of it.
 */
export type BackupState =
  | 'complete'
  | 'partial'
  | 'no-metadata'
  | 'size-differs'
  | 'archive-missing';

/** One backup on disk. */
export interface Backup {
  category: Category;
  path: string;
  metadataPath: string;
  createdAt: string;
  bytes: number;
  /** Null without a sidecar. */
  files: number | null;
  sha256: string | null;
  state: BackupState;
}

/** A backup with what is needed to sort it and to check it. */
export interface CatalogEntry extends Backup {
  time: Date;
  count: number;
  sidecar: Sidecar | undefined;
}

/** The backups of one category, newest first. An absent folder has none. */
export function readCatalog(state: string, category: Category): CatalogEntry[] {
  const folder = join(state, category);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fromSystemError(error, 'list the backups in', folder);
  }
  const entries: CatalogEntry[] = [];
  const archives = new Set(names.map((name) => name.replace(/\.json$/, '.tar.gz')));
  for (const name of archives) {
    const parsed = parseBackupName(category, name);
    if (parsed === undefined) continue;
    const path = join(folder, name);
    const metadataPath = join(folder, `${parsed.stem}.json`);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    const sidecar = readSidecar(metadataPath);
    const known = sidecar === 'damaged' ? undefined : sidecar;
    entries.push({
      category,
      path,
      metadataPath,
      createdAt: known?.createdAt ?? isoWithOffset(parsed.time),
      bytes: size ?? 0,
      files: known?.files ?? null,
      sha256: known?.sha256 ?? null,
      state: stateOf(known, size),
      time: parsed.time,
      count: parsed.count,
      sidecar: known,
    });
  }
  return entries.sort((a, b) => b.time.getTime() - a.time.getTime() || b.count - a.count);
}

function stateOf(sidecar: Sidecar | undefined, size: number | undefined): BackupState {
  if (size === undefined) return 'archive-missing';
  if (sidecar === undefined) return 'no-metadata';
  if (sidecar.bytes !== size) return 'size-differs';
  return isIncomplete(sidecar.skipped ?? []) ? 'partial' : 'complete';
}

/** The part of an entry that goes into results. */
export function backupOf({
  time: _time,
  count: _count,
  sidecar: _sidecar,
  ...backup
}: CatalogEntry): Backup {
  return backup;
}
