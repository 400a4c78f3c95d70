import { isIncomplete } from '../archive/tree/skipped.ts';
import type { SidecarReading } from './sidecar.ts';

/**
 * What can be said of a backup without reading it:
 * - `complete`; `partial`, when files were left out; `doubtful`, when it has next to nothing of what
 *   the last good one before it had;
 * - `renamed`, when its sidecar was written for an archive of another name and the same size;
 * - `no-metadata`, when its sidecar is missing, damaged, or that of another category;
 * - `unreadable`, when there is no permission to read the archive or its sidecar;
 * - `size-differs`, when it is not the file that was written;
 * - `not-a-file`, when a folder or something else has its name;
 * - `archive-missing`, when only the sidecar is left of it.
 */
export type BackupState =
  | 'complete'
  | 'partial'
  | 'doubtful'
  | 'renamed'
  | 'no-metadata'
  | 'unreadable'
  | 'size-differs'
  | 'not-a-file'
  | 'archive-missing';

/** What stands under an archive's name. */
export interface ArchiveOnDisk {
  kind: 'file' | 'other' | 'unreadable' | 'missing';
  bytes: number;
}

export function stateOf(
  archive: ArchiveOnDisk,
  name: string,
  { sidecar, lack }: SidecarReading,
): BackupState {
  if (archive.kind === 'missing') return 'archive-missing';
  if (archive.kind === 'other') return 'not-a-file';
  if (archive.kind === 'unreadable' || lack === 'unreadable') return 'unreadable';
  if (sidecar === undefined) return 'no-metadata';
  if (sidecar.bytes !== archive.bytes) return 'size-differs';
  if (sidecar.archive !== name) return 'renamed';
  return isIncomplete(sidecar.skipped) ? 'partial' : 'complete';
}

/** Whether a backup looks like one that can be restored and compared with what was written. */
export function isUsable(state: BackupState): boolean {
  return state === 'complete' || state === 'partial' || state === 'doubtful' || state === 'renamed';
}

/** Whether a backup cannot be restored, as one sees without reading it. */
export function isLost(state: BackupState): boolean {
  return state === 'size-differs' || state === 'not-a-file' || state === 'archive-missing';
}
