import { existsSync } from 'node:fs';
import { type PosixCalls, posixCalls } from '../posix/posix.ts';
import type { TarReader } from '../tar/reader.ts';
import { withoutEnd } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import type { LostAttributes } from './attributes.ts';
import { writeFailure } from './file-errors.ts';
import { FoldersAbove } from './folders-above.ts';
import { LinkSources, type NeededLinks } from './link-sources.ts';
import { type CheckedMember, MemberCheck, refusal } from './member-check.ts';
import { MemberWriter } from './member-writer.ts';
import type { WriteCounts } from './replacements.ts';
import { selectionOf } from './selection.ts';

export interface ExtractMembersOptions {
  reader: TarReader;
  /** For messages. */
  archive: string;
  target: string;
  /** The folder to write below, open. */
  rootFd: number;
  only: readonly string[];
  /** The target is made: it is like the folder of the archive even when only some of that is restored. */
  isNew?: boolean;
  linkSources: NeededLinks;
  /** In place only: what temporary names start with. */
  temporaryPrefix?: string;
  userId: number;
  groupId: number;
  groups: readonly number[];
  umask: number;
  posix?: PosixCalls;
  onMember?(): void;
  /** In place: called when it fails, with what was written by then. */
  onPartial?(counts: WriteCounts): void;
}

export interface ExtractedMembers {
  counts: WriteCounts;
  lost: LostAttributes;
  /** Why attributes could not be set at all. */
  missing: string | undefined;
  /** The archive has a member for the target folder itself, and its attributes are set. */
  hasRoot: boolean;
}

/**
 * Writes what is selected of an archive below an open folder. Throws ReadingFailure, and what the
 * reader throws; what was written by then stays.
 */
export function extractMembers(options: ExtractMembersOptions): ExtractedMembers {
  const { reader, archive, target, only } = options;
  const selection = only.length > 0 ? selectionOf(only) : undefined;
  const links = selection && new LinkSources(selection, options.linkSources);
  const check = new MemberCheck();
  const above = new FoldersAbove();
  const posix = options.posix ?? posixCalls();
  const writer = new MemberWriter({
    ...options,
    posix,
    names: check.names,
    hasSelinux: existsSync('/sys/fs/selinux/enforce'),
    folderMember: (parts) => above.find(parts),
  });
  let current: Buffer = Buffer.from('.');
  let hasRoot = false;
  const write = (entry: ReadEntry, member: CheckedMember): void => {
    if (!member.source || !links) {
      writer.write(entry, member, reader);
      return;
    }
    const source = links.sourceOf(member.parts, member.source);
    if (source) writer.write(entry, { ...member, source }, reader);
  };
  try {
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
      options.onMember?.();
      current = entry.path;
      if (selection && !selection.has(entry.path)) {
        check.note(entry);
        links?.note(entry);
        above.note(entry);
        const isSource = entry.type === 'file' || entry.type === 'symlink';
        const name = isSource ? links?.nameFor(entry.path) : undefined;
        if (name === undefined) continue;
        entry.path = name;
      }
      const member = check.check(entry);
      if (member.parts.length === 0) hasRoot = true;
      write(entry, member);
    }
    const root = hasRoot || !options.isNew ? undefined : above.find([]);
    if (root) {
      writer.giveToTarget(root);
      hasRoot = true;
    }
    if (reader.ending?.mark === 'missing') throw withoutEnd(reader.offset, reader.lastWhole);
    current = Buffer.from('.');
    writer.finish();
  } catch (error) {
    const inPlace = options.temporaryPrefix !== undefined;
    if (inPlace) options.onPartial?.(writer.counts);
    // In place, who waits for this says what became of the target.
    const state = inPlace ? undefined : 'Nothing was restored.';
    throw refusal(archive, writeFailure(error, current, target), state);
  } finally {
    writer.close();
  }
  return { counts: writer.counts, lost: writer.lost, missing: posix.missing, hasRoot };
}
