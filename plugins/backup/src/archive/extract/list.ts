import type { Progress } from '@om-ops/kit';
import { openArchive, readInThreads, sibling } from '../tar/reader-threads.ts';
import type { ListedMember, ListWork } from './list-worker.ts';

export type { ListedMember } from './list-worker.ts';

export interface ListOptions {
  /** A `.tar.gz` file. */
  archive: string;
  /** Globs on member names; all when empty. */
  only?: readonly string[];
  progress: Progress;
  /** Called with some hundred members at a time, in the order of the archive. */
  onMembers(members: ListedMember[]): void;
}

/**
 * Reads the headers of an archive to its end.
 *
 * @throws OpsError E_NOT_FOUND, E_PERMISSION, E_ARCHIVE_CORRUPT (after what is whole was passed), E_INTERRUPTED
 */
export async function listArchive(options: ListOptions): Promise<void> {
  const archive = openArchive(options.archive);
  const data: ListWork = { only: options.only ?? [] };
  try {
    await readInThreads({
      archive,
      module: sibling(import.meta.url, './list-worker'),
      data,
      stage: 'reading',
      progress: options.progress,
      onBatch: (batch) => options.onMembers(batch as ListedMember[]),
    });
  } finally {
    archive.close();
  }
}
