import { endNotes } from '../tar/reader-damage.ts';
import { type ReadingThread, runReadingThread } from '../tar/reader-thread.ts';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';
import type { LostKind } from './attributes.ts';
import { extractMembers } from './extract-members.ts';
import type { NeededLinks } from './link-sources.ts';
import { emptyFolder } from './remove-tree.ts';
import type { WriteCounts } from './replacements.ts';

/** What the thread that writes is started with. */
export interface ExtractWork {
  /** Where it writes: the staging folder, which it empties when it fails, or in place the target. Stays open. */
  rootFd: number;
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
  const onMember = (): void => {
    thread.checkStopped();
    thread.countMember();
  };
  try {
    const { lost, ...done } = extractMembers({
      ...data,
      archive,
      reader,
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
    if (data.temporaryPrefix === undefined) emptyQuietly(data.rootFd);
    throw error;
  }
});

/** What cannot be removed here is tried again, and reported, by who started this thread. */
function emptyQuietly(folder: number): void {
  try {
    emptyFolder(folder);
  } catch {
    // The failure that led here says more.
  }
}
