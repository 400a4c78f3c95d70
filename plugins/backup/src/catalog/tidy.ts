import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, isThere, type Progress, removeLeftovers, syncFolder } from '@om-ops/kit';
import type { Category } from '../categories.ts';
import { sha256Of } from '../restore/checksum.ts';
import { parseBackupName, sidecarOfPruned } from './name.ts';
import { readSidecar } from './sidecar.ts';

/**
 * Clears up what a run or a prune that was cut off left of a category: gives a finished sidecar its
 * name, undoes or ends the deleting of a backup, and removes unfinished files. Call with the
 * category's lock held. An absent folder has nothing to clear up.
 */
export async function tidyCategory(
  state: string,
  category: Category,
  progress: Progress,
): Promise<void> {
  const folder = join(state, category);
  if (!isThere(folder)) return;
  try {
    for (const name of readdirSync(folder)) {
      await finishSidecar(folder, category, name, progress);
      endPruning(folder, name);
    }
  } catch (error) {
    progress.signal.throwIfAborted();
    throw fromSystemError(error, 'clear up', folder);
  }
  for (const { path } of removeLeftovers(folder).removed)
    progress.warn(`An earlier run was cut off; its unfinished ${path} was removed.`);
}

/** A sidecar is written and on the disk before its archive gets its name: what is missing is only its own. */
async function finishSidecar(
  folder: string,
  category: Category,
  name: string,
  progress: Progress,
): Promise<void> {
  const stem = /^\.(.+)\.json\.[^.]+\.partial$/.exec(name)?.[1];
  if (stem === undefined || parseBackupName(category, `${stem}.tar.gz`) === undefined) return;
  const archive = join(folder, `${stem}.tar.gz`);
  const metadataPath = join(folder, `${stem}.json`);
  if (!isThere(archive) || isThere(metadataPath)) return;
  const { sidecar } = readSidecar(join(folder, name));
  if (sidecar?.archive !== `${stem}.tar.gz`) return;
  if ((await sha256Of(archive, progress)) !== sidecar.sha256) return;
  renameSync(join(folder, name), metadataPath);
  syncFolder(folder);
  progress.warn(
    `An earlier run was cut off after its backup ${archive} was whole; it counts again.`,
  );
}

function endPruning(folder: string, name: string): void {
  const sidecar = sidecarOfPruned(name);
  if (sidecar === undefined) return;
  const metadataPath = join(folder, sidecar);
  const archive = join(folder, sidecar.replace(/\.json$/, '.tar.gz'));
  if (isThere(archive) && !isThere(metadataPath)) renameSync(join(folder, name), metadataPath);
  else rmSync(join(folder, name), { force: true });
}
