import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { PosixCalls } from '../posix/posix.ts';
import { aclXattrs } from '../tar/format.ts';
import type { TarReader } from '../tar/reader.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { printableName } from '../tar/reader-name.ts';
import {
  type AttributeOptions,
  Attributes,
  type LostAttributes,
  type MadeIn,
} from './attributes.ts';
import { systemCode } from './file-errors.ts';
import { FolderStack } from './folder-stack.ts';
import { type CheckedMember, TargetConflict, UnsafeMember } from './member-check.ts';
import { joinParts, type NameParts } from './member-name.ts';
import type { NameTable } from './name-table.ts';
import { nameOnlyFlags, newFileFlags, pathIn, pathOf } from './open-path.ts';
import { notAFolder } from './target-view.ts';

export interface MemberWriterOptions extends AttributeOptions {
  rootFd: number;
  /** In place: what is there is replaced by renaming from names with this in front. */
  temporaryPrefix?: string;
  names: NameTable;
  /** The member of a folder that is needed before its turn, or was not selected itself. */
  folderMember(parts: NameParts): ReadEntry | undefined;
}

/** Numbers of members, by what became of them. */
export interface WriteCounts {
  files: number;
  directories: number;
  symlinks: number;
  hardLinks: number;
  fifos: number;
  /** Of these, how many took the place of something. In place only. */
  replaced: number;
  /** Of content, holes left out. */
  bytes: number;
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
    bytes: 0,
  };
  readonly #options: MemberWriterOptions;
  readonly #attributes: Attributes;
  readonly #folders: FolderStack;
  readonly #posix: PosixCalls;
  #temporaries = 0;

  constructor(options: MemberWriterOptions) {
    const { rootFd, names, posix, umask, userId, folderMember } = options;
    this.#options = options;
    this.#posix = posix;
    this.#attributes = new Attributes(options);
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
    });
  }

  get lost(): LostAttributes {
    return this.#attributes.lost;
  }

  /** The reader stands at the member's content. */
  write(entry: ReadEntry, member: CheckedMember, reader: TarReader): void {
    const { parts } = member;
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

  /** Applies what folders get last. */
  finish(): void {
    this.#folders.leaveAll();
    // What is new, and the renames. A restore into a new folder, which can be run again, goes without:
    // waiting for the disk took a tenth longer on a fast one, and takes many times as long on a slow one.
    if (this.#options.temporaryPrefix !== undefined)
      this.#posix.syncFileSystem(this.#options.rootFd);
  }

  close(): void {
    this.#folders.close();
  }

  #writeFile(place: Place, entry: ReadEntry, reader: TarReader): void {
    this.#put(place, entry, (path, replaces) => {
      const fd = openSync(path, newFileFlags, this.#attributes.firstMode(entry));
      try {
        this.#fill(fd, entry, reader);
        this.#attributes.giveToFile(fd, entry, place.folder);
        if (replaces) fdatasyncSync(fd);
      } finally {
        closeSync(fd);
      }
    });
    this.counts.files++;
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
      this.counts.bytes += piece.length;
    }
    if (entry.sparse !== undefined && end < entry.size) ftruncateSync(fd, entry.size);
  }

  #makeLink(place: Place, entry: ReadEntry): void {
    this.#put(place, entry, (path) => {
      symlinkSync(entry.linkTarget as Buffer, path);
      this.#attributes.giveToLink(path, entry, place.folder);
    });
    this.counts.symlinks++;
  }

  #makeHardLink(place: Place, entry: ReadEntry, source: NameParts): void {
    this.#folders.find(source, source.length - 1, (sourceFd) => {
      const sourcePath = pathIn(sourceFd, source.at(-1) as Buffer);
      const refused = (): UnsafeMember =>
        new UnsafeMember(
          entry.path,
          `is a hard link to ${printableName(joinParts(source))}, which is no file restored before it`,
        );
      const stat = lstatSync(sourcePath, { throwIfNoEntry: false });
      if (!stat?.isFile() && !stat?.isSymbolicLink()) throw refused();
      const there = lstatSync(pathIn(place.fd, place.name), { throwIfNoEntry: false });
      // A link to its own name, which GNU tar writes when it is told to archive a file twice.
      if (there && isSame(there, stat)) return;
      this.#put(place, entry, (path, replaces) => {
        linkSync(sourcePath, path);
        // Somebody else may have put another file there in between.
        if (!isSame(lstatSync(path), stat)) throw refused();
        if (replaces && stat.isFile()) syncContent(path);
      });
    });
    this.counts.hardLinks++;
  }

  #makeFifo(place: Place, entry: ReadEntry): void {
    this.#put(place, entry, (path) => {
      try {
        this.#posix.makeFifo(path, 0o600);
      } catch (error) {
        if (systemCode(error) !== 'ENOSYS') throw error;
        this.#attributes.lose('fifo', entry);
        return;
      }
      const fd = openSync(path, nameOnlyFlags);
      try {
        this.#attributes.giveToFifo(path, pathOf(fd), entry, place.folder);
      } finally {
        closeSync(fd);
      }
    });
    this.counts.fifos++;
  }

  /** Has `make` make the member under its name, or, in place, under a temporary one that is renamed. */
  #put(place: Place, entry: ReadEntry, make: Make): void {
    const path = pathIn(place.fd, place.name);
    if (this.#options.temporaryPrefix !== undefined) {
      this.#replace(place, entry, path, make);
      return;
    }
    try {
      make(path, false);
    } catch (error) {
      // The archive has the name twice, and the last one counts.
      if (systemCode(error) !== 'EEXIST') throw error;
      if (lstatSync(path).isDirectory())
        throw new UnsafeMember(entry.path, 'would take the place of a folder of the same name');
      unlinkSync(path);
      make(path, false);
    }
  }

  #replace(place: Place, entry: ReadEntry, path: Buffer, make: Make): void {
    const number = (this.#temporaries++).toString(16).padStart(8, '0');
    const name = Buffer.from(`${this.#options.temporaryPrefix}${number}.partial`);
    const temporary = pathIn(place.fd, name);
    const before = lstatSync(path, { throwIfNoEntry: false });
    if (before?.isDirectory())
      throw new TargetConflict(
        `${printableName(entry.path)} is a folder there, and none in the archive`,
      );
    try {
      make(temporary, before !== undefined);
      renameSync(temporary, path);
      if (before) this.counts.replaced++;
    } finally {
      // Renaming one name of a file over another of the same file leaves both.
      if (lstatSync(temporary, { throwIfNoEntry: false })) unlinkSync(temporary);
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

interface Place {
  /** Of the folder. */
  fd: number;
  folder: MadeIn;
  parts: NameParts;
  name: Buffer;
}

/**
 * Makes a member under a name. `replaces`: it will take the place of a file, whose name must never
 * stand for content that has not reached the disk: after a power cut there would be neither.
 */
type Make = (path: Buffer, replaces: boolean) => void;

function syncContent(path: Buffer): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    // A file that its owner may not read.
    if (systemCode(error) === 'EACCES') return;
    throw error;
  }
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}
