import { closeSync, openSync } from 'node:fs';
import { endNotes } from '../tar/reader-damage.ts';
import { type ReadingThread, runReadingThread } from '../tar/reader-thread.ts';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';
import type { LostKind } from './attributes.ts';
import { extractMembers } from './extract-members.ts';
import type { NeededLinks } from './link-sources.ts';
import type { WriteCounts } from './member-writer.ts';
import { openFolderFlags } from './open-path.ts';
import { removeTree } from './remove-tree.ts';

/** What the thread that writes is started with. */
export interface ExtractWork {
  /** Where it writes: the staging folder, which it removes when it fails, or in place the target. */
  folder: string;
  /** What the user calls it. */
  target: string;
  only: readonly string[];
  /** The target was not there before. */
  isNew: boolean;
  linkSources: NeededLinks;
  /** In place only: what temporary names start with. */
  temporaryPrefix?: string;
  userId: number;
  groupId: number;
  groups: readonly number[];
  umask: number;
}

export interface ExtractDone {
  counts: WriteCounts;
  lost: { kind: LostKind; count: number; first: string }[];
  /** Why attributes could not be set at all. */
  missing: string | undefined;
  /** The archive has a member for the target folder itself, and its attributes are set. */
  hasRoot: boolean;
  /** What is odd about the archive's end. */
  notes: string[];
  /** Of the archive, if it was asked for. */
  sha256: string | undefined;
}

await runReadingThread((thread: ReadingThread<ExtractWork>): ExtractDone => {
  const { data, reader, archive } = thread;
  const rootFd = openSync(data.folder, openFolderFlags);
  const onMember = (): void => {
    thread.checkStopped();
    thread.countMember();
  };
  try {
    const { lost, ...done } = extractMembers({
      ...data,
      archive,
      reader,
      rootFd,
      onMember,
      onPartial: (counts) => thread.send(counts),
    });
    const note = thread.gunzipNote();
    return {
      ...done,
      lost: Object.entries(lost).map(([kind, { count, first }]) => ({
        kind: kind as LostKind,
        count,
        first: readablePath(bytesPath(first)),
      })),
      notes: endNotes(reader, note),
      sha256: note.sha256,
    };
  } catch (error) {
    if (data.temporaryPrefix === undefined) removeQuietly(data.folder);
    throw error;
  } finally {
    closeSync(rootFd);
  }
});

/** What cannot be removed here is tried again, and reported, by who started this thread. */
function removeQuietly(folder: string): void {
  try {
    removeTree(folder);
  } catch {
    // The failure that led here says more.
  }
}
