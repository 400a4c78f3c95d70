import { closeSync, existsSync, openSync } from 'node:fs';
import { posixCalls } from '../posix.ts';
import { endNotes, withoutEnd } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { type ReadingThread, runReadingThread } from '../tar/reader-thread.ts';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';
import type { LostKind } from './attributes.ts';
import { writeFailure } from './file-errors.ts';
import { FoldersAbove } from './folders-above.ts';
import { LinkSources, type NeededLinks } from './link-sources.ts';
import { type CheckedMember, MemberCheck, refusal } from './member-check.ts';
import { MemberWriter, type WriteCounts } from './member-writer.ts';
import { openFolderFlags } from './open-path.ts';
import { removeTree } from './remove-tree.ts';
import { selectionOf } from './selection.ts';

/** What the thread that writes is started with. */
export interface ExtractWork {
  /** Where it writes: the staging folder, or in place the target. */
  folder: string;
  /** What the user calls it. */
  target: string;
  only: readonly string[];
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
  missing?: string;
  /** The archive has a member for the target folder itself, and its attributes are set. */
  hasRoot: boolean;
  /** What is odd about the archive's end. */
  notes: string[];
  /** Of the archive, if it was asked for. */
  sha256: string | undefined;
}

await runReadingThread((thread: ReadingThread<ExtractWork>) => {
  const { data } = thread;
  const rootFd = openSync(data.folder, openFolderFlags);
  try {
    return extractAll(thread, rootFd);
  } catch (error) {
    if (data.temporaryPrefix === undefined) removeTree(data.folder);
    throw error;
  } finally {
    closeSync(rootFd);
  }
});

function extractAll(thread: ReadingThread<ExtractWork>, rootFd: number): ExtractDone {
  const { data, reader } = thread;
  const inPlace = data.temporaryPrefix !== undefined;
  const selection = data.only.length > 0 ? selectionOf(data.only) : undefined;
  const links = selection && new LinkSources(selection, data.linkSources);
  const check = new MemberCheck();
  const above = new FoldersAbove();
  const posix = posixCalls();
  const writer = new MemberWriter({
    ...data,
    rootFd,
    posix,
    names: check.names,
    hasSelinux: existsSync('/sys/fs/selinux/enforce'),
    folderMember: (parts) => above.find(parts),
  });
  let current: Buffer = Buffer.from('.');
  let hasRoot = false;
  const write = (entry: ReadEntry, member: CheckedMember): void => {
    const source = member.source && links ? links.sourceOf(member.parts, member.source) : undefined;
    if (member.source && links && source === undefined) return;
    writer.write(entry, source ? { ...member, source } : member, reader);
  };
  try {
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
      thread.checkStopped();
      thread.countMember();
      current = entry.path;
      if (selection && !selection.has(entry.path)) {
        check.note(entry);
        links?.note(entry);
        above.note(entry);
        const name = entry.type === 'file' ? links?.nameFor(entry.path) : undefined;
        if (name === undefined) continue;
        entry.path = name;
      }
      const member = check.check(entry);
      if (member.parts.length === 0) hasRoot = true;
      write(entry, member);
    }
    if (reader.ending?.mark === 'missing') throw withoutEnd(reader.offset, reader.lastWhole);
    current = Buffer.from('.');
    writer.finish();
  } catch (error) {
    const { files, symlinks, hardLinks } = writer.counts;
    const state = inPlace
      ? `It stopped there; ${files + symlinks + hardLinks} files are restored already.`
      : 'Nothing was restored.';
    throw refusal(thread.archive, writeFailure(error, current, data.target), state);
  } finally {
    writer.close();
  }
  return {
    counts: writer.counts,
    lost: Object.entries(writer.lost).map(([kind, { count, first }]) => ({
      kind: kind as LostKind,
      count,
      first: readablePath(bytesPath(first)),
    })),
    ...(posix.missing === undefined ? {} : { missing: posix.missing }),
    hasRoot,
    notes: endNotes(reader, thread.gunzipNote()),
    sha256: thread.gunzipNote().sha256,
  };
}
