import type { TarEntry } from '../tar/format.ts';
import { printableName, ReadingFailure } from '../tar/reader-damage.ts';
import { joinParts, type NameParts, parseName } from './member-name.ts';
import { type NameKind, NameTable } from './name-table.ts';

/** A member that must not be extracted. `reason` is the end of a sentence that starts with its name. */
export class UnsafeMember extends Error {
  override readonly name = 'UnsafeMember';
  readonly member: Buffer;
  readonly reason: string;

  constructor(member: Buffer, reason: string) {
    super(`${printableName(member)} ${reason}`);
    this.member = member;
    this.reason = reason;
  }
}

/** A member whose place in the target holds something that restoring must not remove. */
export class TargetConflict extends Error {
  override readonly name = 'TargetConflict';
}

/** A name in the target, none for the target itself, that not even root may change. */
export class ImmutableThere extends Error {
  override readonly name = 'ImmutableThere';

  constructor(parts: NameParts) {
    super(parts.length === 0 ? 'the folder itself' : printableName(joinParts(parts)));
  }
}

/** What of the three above becomes for the user; `state` says in one sentence what became of the target. */
export function refusal(archive: string, error: unknown, state?: string): unknown {
  const end = state === undefined ? '' : ` ${state}`;
  if (error instanceof UnsafeMember)
    return new ReadingFailure(
      'E_ARCHIVE_UNSAFE',
      `The archive ${archive} is not safe to restore: its member ${error.message}.${end}`,
      { suggestions: ['Do not restore from this archive unless you know who made it.'] },
    );
  if (error instanceof TargetConflict)
    return new ReadingFailure(
      'E_TARGET_CONFLICT',
      `Cannot restore ${archive} in place: ${error.message}.${end}`,
      { suggestions: ['Move it out of the way, or restore into a new folder with --to.'] },
    );
  if (error instanceof ImmutableThere)
    return new ReadingFailure(
      'E_PERMISSION',
      `Cannot restore ${archive} in place: ${error.message} is immutable there, for root too.${end}`,
      {
        exit: 'requirement',
        suggestions: [
          'Take that off it with chattr -i (or -a), and restore again.',
          'Or restore into a new folder with --to.',
        ],
      },
    );
  return error;
}

export interface CheckedMember {
  /** Below the target; none for the target itself. */
  parts: NameParts;
  /** Of a hard link: the parts of the name it stands for. */
  source?: NameParts;
}

/**
 * Judges members by the archive alone, in its order: names, links, and what earlier members have made
 * of a name. What lies in the target already is judged where it is opened.
 */
export class MemberCheck {
  readonly names = new NameTable();

  /** Throws UnsafeMember. */
  check(entry: TarEntry): CheckedMember {
    const { path, type } = entry;
    const parsed = parseName(path);
    if ('refusal' in parsed) throw new UnsafeMember(path, parsed.refusal);
    const { parts } = parsed;
    if (type === 'character-device' || type === 'block-device')
      throw new UnsafeMember(path, 'is a device');
    if (parts.length === 0 && type !== 'directory')
      throw new UnsafeMember(path, 'would take the place of the target folder');
    this.#checkParents(path, parts);
    this.#checkPlace(entry, parts);
    if (type === 'symlink' || type === 'hardlink') {
      if (!entry.linkTarget?.length || entry.linkTarget.includes(0))
        throw new UnsafeMember(path, 'is a link to no possible name');
    }
    if (type !== 'hardlink') {
      this.names.set(parts, kindOf(type));
      return { parts };
    }
    const source = this.#hardLinkSource(path, entry.linkTarget as Buffer);
    this.names.set(parts, 'hardlink');
    return { parts, source };
  }

  /** A member that is not extracted itself: links may stand for it. */
  note({ path, type }: TarEntry): void {
    if (type !== 'file' && type !== 'hardlink' && type !== 'symlink') return;
    const parsed = parseName(path);
    if ('parts' in parsed && this.names.get(parsed.parts) === undefined)
      this.names.set(parsed.parts, type);
  }

  #checkParents(path: Buffer, parts: NameParts): void {
    for (let count = 1; count < parts.length; count++) {
      const kind = this.names.get(parts, count);
      // Made on the way, without a member of its own.
      if (kind === undefined) this.names.set(parts, 'directory', count);
      else if (kind !== 'directory') {
        const parent = printableName(joinParts(parts, count));
        throw new UnsafeMember(path, `would be written through ${parent}, ${named[kind]}`);
      }
    }
  }

  #checkPlace({ path, type }: TarEntry, parts: NameParts): void {
    const kind = this.names.get(parts);
    if (kind === undefined || (kind === 'directory') === (type === 'directory')) return;
    throw new UnsafeMember(path, `would take the place of ${named[kind]} of the same name`);
  }

  #hardLinkSource(path: Buffer, target: Buffer): NameParts {
    const parsed = parseName(target);
    const shown = printableName(target);
    if ('refusal' in parsed)
      throw new UnsafeMember(path, `is a hard link to ${shown}, which ${parsed.refusal}`);
    const kind = this.names.get(parsed.parts);
    // A symbolic link may have several names like any file; it is linked to, not followed.
    if (kind !== 'file' && kind !== 'hardlink' && kind !== 'symlink')
      throw new UnsafeMember(
        path,
        `is a hard link to ${shown}, which is no file that comes before it in the archive`,
      );
    this.#checkParents(path, parsed.parts);
    return parsed.parts;
  }
}

const named: Record<NameKind, string> = {
  directory: 'a folder',
  file: 'a file',
  hardlink: 'a file',
  symlink: 'a symbolic link',
  fifo: 'a FIFO',
};

function kindOf(type: TarEntry['type']): NameKind {
  return type === 'character-device' || type === 'block-device' ? 'fifo' : type;
}
