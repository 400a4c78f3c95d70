import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { systemCode } from '@om-ops/kit/errors';
import type { PosixCalls } from '../posix/calls.ts';
import { aclXattrs } from '../tar/format.ts';
import type { TarReader } from '../tar/reader.ts';
import { printableName } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import {
  type AttributeOptions,
  Attributes,
  type LostAttributes,
  type MadeIn,
} from './attributes.ts';
import { FileThere } from './file-there.ts';
import { FolderStack } from './folder-stack.ts';
import { type CheckedMember, UnsafeMember } from './member-check.ts';
import { joinParts, type NameParts } from './member-name.ts';
import type { NameTable } from './name-table.ts';
import { isSame, nameOnlyFlags, newFileFlags, pathIn } from './open-path.ts';
import {
  type CountedKind,
  type Make,
  type Place,
  Replacements,
  type WriteCounts,
} from './replacements.ts';
import { notAFolder } from './target-view.ts';

export interface MemberWriterOptions extends AttributeOptions {
  rootFd: number;
  /** What the user calls it. */
  target: string;
  /** In place: what is there is replaced by renaming from names with this in front. */
  temporaryPrefix?: string;
  names: NameTable;
  /** The member of a folder that is needed before its turn, or was not selected itself. */
  folderMember(parts: NameParts): ReadEntry | undefined;
}

/**
 * Writes members below a folder that stays open, never through a link and never to a name that
 * leads out of it.
 */
export class MemberWriter {
  readonly counts: WriteCounts = {
    files: 0,
    directories: 0,
    symlinks: 0,
    hardLinks: 0,
    fifos: 0,
    replaced: 0,
    unchanged: 0,
    journals: 0,
    bytes: 0,
  };
  readonly #options: MemberWriterOptions;
  readonly #attributes: Attributes;
  readonly #folders: FolderStack;
  readonly #posix: PosixCalls;
  /** In place only. */
  readonly #replacements: Replacements | undefined;
  readonly #there: FileThere;

  constructor(options: MemberWriterOptions) {
    const { rootFd, names, posix, umask, userId, folderMember, temporaryPrefix } = options;
    this.#options = options;
    this.#posix = posix;
    this.#attributes = new Attributes(options);
    this.#there = new FileThere(this.#attributes);
    if (temporaryPrefix !== undefined)
      this.#replacements = new Replacements({ ...options, temporaryPrefix }, this.counts);
    const held = this.#replacements;
    this.#folders = new FolderStack({
      rootFd,
      posix,
      umask,
      userId,
      folderMember,
      refuse: (parts, path) => notAFolder(parts, path),
      finish: (fd, entry, clearAcl) => this.#finishFolder(fd, entry, clearAcl),
      wasFinished: (parts) => names.get(parts) === 'directory',
      inspect: (fd, created, above) => this.#inspect(fd, created, above),
      isShared: held !== undefined,
      isHeld: (fd, finish) => held?.hold(fd, finish) ?? false,
      beforeEntering: (path) => held?.beforeEntering(path),
      beforeClosing: (fd) => held?.beforeClosing(fd),
    });
  }

  get lost(): LostAttributes {
    return this.#attributes.lost;
  }

  /** The reader stands at the member's content. */
  write(entry: ReadEntry, member: CheckedMember, reader: TarReader): void {
    const { parts } = member;
    this.#replacements?.flushIfDue();
    if (entry.type === 'directory') {
      this.#folders.enterMember(parts, entry);
      this.counts.directories++;
      return;
    }
    const { fd, folder } = this.#folders.enter(parts, parts.length - 1);
    const place = { fd, folder, parts, name: parts.at(-1) as Buffer };
    if (entry.type === 'file') this.#writeFile(place, entry, reader);
    else if (entry.type === 'symlink') this.#makeLink(place, entry);
    else if (entry.type === 'hardlink')
      this.#makeHardLink(place, entry, member.source as NameParts);
    else this.#makeFifo(place, entry);
  }

  /** For a new target whose member was not selected. */
  giveToTarget(entry: ReadEntry): void {
    this.#folders.enterMember([], entry);
  }

  /** Gives the last members their names, folders what they get last, and waits until all is on the disk. */
  finish(): void {
    this.#replacements?.flush();
    this.#folders.leaveAll();
    if (this.#replacements) this.#posix.syncFileSystem(this.#options.rootFd);
  }

  /** After a failure: what has no name of its own yet is removed. */
  close(): void {
    this.#replacements?.discard();
    this.#folders.close();
  }

  #writeFile(place: Place, entry: ReadEntry, reader: TarReader): void {
    const mayStay = this.#replacements?.pathOf(place.parts) === undefined;
    const compared =
      this.#replacements && mayStay
        ? this.#there.compare(pathIn(place.fd, place.name), entry, reader)
        : undefined;
    if (compared?.isSame) {
      this.#replacements?.leave(place, entry);
      return;
    }
    this.#put(place, entry, 'files', (path) => {
      const fd = openSync(path, newFileFlags, this.#attributes.firstMode(entry));
      try {
        if (compared) writeAll(fd, compared.content);
        else this.#fill(fd, entry, reader);
        this.#attributes.giveToFile(fd, entry, place.folder);
        // Else all files reach the disk at once.
        if (this.#posix.missing !== undefined) fdatasyncSync(fd);
      } finally {
        closeSync(fd);
      }
      return true;
    });
  }

  #fill(fd: number, entry: ReadEntry, reader: TarReader): void {
    let end = 0;
    for (let piece = reader.read(); piece !== undefined; piece = reader.read()) {
      const at = reader.fileOffset;
      for (let done = 0; done < piece.length; ) {
        const position = entry.sparse === undefined ? null : at + done;
        done += writeSync(fd, piece, done, piece.length - done, position);
      }
      end = at + piece.length;
    }
    if (entry.sparse !== undefined && end < entry.size) ftruncateSync(fd, entry.size);
  }

  #makeLink(place: Place, entry: ReadEntry): void {
    this.#put(place, entry, 'symlinks', (path) => {
      symlinkSync(entry.linkTarget as Buffer, path);
      withName(path, (fd) => {
        // Not what somebody else has put there in between.
        if (fstatSync(fd).isSymbolicLink()) this.#attributes.giveToName(fd, entry, place.folder);
      });
      return true;
    });
  }

  #makeHardLink(place: Place, entry: ReadEntry, source: NameParts): void {
    const refused = (): UnsafeMember =>
      new UnsafeMember(
        entry.path,
        `is a hard link to ${printableName(joinParts(source))}, which is no file restored before it`,
      );
    const link = (sourcePath: Buffer): void => {
      const stat = lstatSync(sourcePath, { throwIfNoEntry: false });
      if (!stat?.isFile() && !stat?.isSymbolicLink()) throw refused();
      const there = lstatSync(pathIn(place.fd, place.name), { throwIfNoEntry: false });
      // A link to its own name, which GNU tar writes when it is told to archive a file twice.
      if (there && isSame(there, stat)) {
        this.counts.hardLinks++;
        return;
      }
      this.#put(place, entry, 'hardLinks', (path) => {
        linkSync(sourcePath, path);
        // Somebody else may have put another file there in between.
        if (!isSame(lstatSync(path), stat)) throw refused();
        return true;
      });
    };
    const waiting = this.#replacements?.pathOf(source);
    if (waiting) link(waiting);
    else
      this.#folders.find(source, source.length - 1, (fd) =>
        link(pathIn(fd, source.at(-1) as Buffer)),
      );
  }

  #makeFifo(place: Place, entry: ReadEntry): void {
    this.#put(place, entry, 'fifos', (path) => {
      try {
        this.#posix.makeFifo(path, 0o600);
      } catch (error) {
        if (systemCode(error) !== 'ENOSYS') throw error;
        this.#attributes.lose('fifo', entry);
        return false;
      }
      withName(path, (fd) => {
        if (fstatSync(fd).isFIFO()) this.#attributes.giveToFifo(fd, entry, place.folder);
      });
      return true;
    });
  }

  /** Has `make` make the member under its name, or, in place, under a temporary one that is renamed. */
  #put(place: Place, entry: ReadEntry, kind: CountedKind, make: Make): void {
    if (this.#replacements) {
      this.#replacements.add(place, entry, kind, make);
      return;
    }
    const path = pathIn(place.fd, place.name);
    const count = (isMade: boolean): void => {
      if (!isMade) return;
      this.counts[kind]++;
      this.counts.bytes += entry.storedSize;
    };
    try {
      count(make(path));
    } catch (error) {
      // The archive has the name twice, and the last one counts.
      if (systemCode(error) !== 'EEXIST') throw error;
      if (lstatSync(path).isDirectory())
        throw new UnsafeMember(entry.path, 'would take the place of a folder of the same name');
      unlinkSync(path);
      count(make(path));
    }
  }

  #finishFolder(fd: number, entry: ReadEntry, clearAcl: boolean): void {
    if (clearAcl) this.#attributes.clearFolderAcl(fd);
    this.#attributes.giveToFolder(fd, entry, fstatSync(fd));
  }

  /** What new files get from a folder. */
  #inspect(fd: number, created: boolean, above: MadeIn | undefined): MadeIn {
    const { gid, mode } = fstatSync(fd);
    // In a folder with the setgid bit, or of a file system mounted so, files get its group.
    const hasOwn = gid !== this.#options.groupId || (mode & 0o2000) !== 0;
    const hasDefaultAcl = created
      ? above?.hasDefaultAcl === true
      : this.#posix
          .xattrs(pathIn(fd, Buffer.from('.')))
          .some(({ name }) => name === aclXattrs.default);
    return { gid: hasOwn ? -1 : gid, hasDefaultAcl };
  }
}

function writeAll(fd: number, content: Buffer): void {
  for (let done = 0; done < content.length; )
    done += writeSync(fd, content, done, content.length - done, null);
}

/** Opens a name as a name only, whatever it is, and follows nothing. */
function withName(path: Buffer, use: (fd: number) => void): void {
  const fd = openSync(path, nameOnlyFlags);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
