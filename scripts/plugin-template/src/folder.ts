import { promises } from 'node:fs';
import { fromSystemError, OpsError, type Progress, systemCode } from '@om-ops/kit';

export interface FolderStatus {
  path: string;
  entries: number;
}

/** What is in a folder. @throws OpsError E_NOT_FOUND, E_PERMISSION (exit 5) */
export async function folderStatus(path: string, progress: Progress): Promise<FolderStatus> {
  progress.signal.throwIfAborted();
  try {
    return { path, entries: (await promises.readdir(path)).length };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, 'read the folder', path);
    throw new OpsError('E_NOT_FOUND', `There is no folder ${path}.`, {
      exit: 'requirement',
      suggestions: ['Correct __section__.dir in the site profile: om-ops config show'],
    });
  }
}
