import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  statfsSync,
  unlinkSync,
} from 'node:fs';
import { systemCode } from '@om-ops/kit/errors';
import { isDatabase, journalSuffixes } from '../live-databases.ts';
import type { PosixCalls } from '../posix/calls.ts';
import { printableName } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import type { MadeIn } from './attributes.ts';
import { writeFailure } from './file-errors.ts';
import { TargetConflict } from './member-check.ts';
import { joinParts, type NameParts } from './member-name.ts';
import type { NameTable } from './name-table.ts';
import { pathIn, pathOf } from './open-path.ts';

/** Numbers of members, by what became of them. */
export interface WriteCounts {
  files: number;
  directories: number;
  symlinks: number;
  hardLinks: number;
  fifos: number;
  /** Of these, how many took the place of something. In place only. */
  replaced: number;
  /** Of the files, how many lay there as they are in the archive and were left alone. In place only. */
  unchanged: number;
  /** How many `-wal`, `-shm` and `-journal` were removed beside SQLite databases. In place only. */
  journals: number;
  /** Of content, holes left out. */
  bytes: number;
}

export type CountedKind = 'files' | 'symlinks' | 'hardLinks' | 'fifos';

/** Where a member goes. */
export interface Place {
  /** Of the folder. */
  fd: number;
  folder: MadeIn;
  parts: NameParts;
  name: Buffer;
}

/** Makes a member under a name; false when it cannot be made here, which was noted. */
export type Make = (path: Buffer) => boolean;

export interface ReplacementsOptions {
  rootFd: number;
  /** What temporary names start with. */
  temporaryPrefix: string;
  posix: PosixCalls;
  names: NameTable;
  /** For messages. */
  target: string;
}

interface Waiting {
  place: Place;
  kind: CountedKind;
  bytes: number;
  member: Buffer;
  temporary: Buffer;
}

interface Held {
  fd: number;
  finish: () => void;
}

const mostMembers = 4_000;
const mostBytes = 64 * 1024 * 1024;
/** These stay open until their members have their names, as far as this process may have files open. */
const mostFolders = 1_000;

/**
 * In place, members are made under temporary names, and get their own some thousand at a time, when
 * all of them are on the disk: waiting for each one takes many times as long. So no name ever stands
 * for content that a power cut would take away. Folders in which members wait stay open, and get
 * their times when they have their names.
 */
export class Replacements {
  readonly #options: ReplacementsOptions;
  readonly #counts: WriteCounts;
  #waiting: Waiting[] = [];
  #byName = new Map<string, Waiting>();
  /** How many members wait in which open folder. */
  #inFolder = new Map<number, number>();
  #held = new Map<string, Held>();
  #bytes = 0;
  #most = mostBytes;
  readonly #mostFolders = Math.min(mostFolders, Math.floor(openFilesAllowed() / 4));
  #temporaries = 0;

  constructor(options: ReplacementsOptions, counts: WriteCounts) {
    this.#options = options;
    this.#counts = counts;
    this.#most = this.#room();
  }

  add(place: Place, entry: ReadEntry, kind: CountedKind, make: Make): void {
    const number = (this.#temporaries++).toString(16).padStart(8, '0');
    const temporary = Buffer.from(`${this.#options.temporaryPrefix}${number}.partial`);
    const bytes = entry.storedSize;
    try {
      if (!make(pathIn(place.fd, temporary))) return;
    } catch (error) {
      unlinkIfThere(pathIn(place.fd, temporary));
      throw error;
    }
    const waiting = { place, kind, bytes, member: entry.path, temporary };
    this.#waiting.push(waiting);
    this.#byName.set(keyOf(place.parts), waiting);
    this.#inFolder.set(place.fd, (this.#inFolder.get(place.fd) ?? 0) + 1);
    this.#bytes += bytes;
  }

  /** A file that lies there as it is in the archive. */
  leave(place: Place, entry: ReadEntry): void {
    this.#removeJournals(place, pathIn(place.fd, place.name));
    this.#counts.files++;
    this.#counts.unchanged++;
    this.#counts.bytes += entry.storedSize;
  }

  /** Where a member is that waits for its name. */
  pathOf(parts: NameParts): Buffer | undefined {
    const waiting = this.#byName.get(keyOf(parts));
    return waiting && pathIn(waiting.place.fd, waiting.temporary);
  }

  /** Whether members wait in the folder: then it is finished and closed after they have their names. */
  hold(fd: number, finish: () => void): boolean {
    if (!this.#inFolder.has(fd)) return false;
    this.#held.set(identity(fd), { fd, finish });
    return true;
  }

  beforeEntering(path: Buffer): void {
    if (this.#held.size === 0) return;
    const { dev, ino } = lstatSync(path);
    if (this.#held.has(`${dev}:${ino}`)) this.flush();
  }

  beforeClosing(fd: number): void {
    if (this.#inFolder.has(fd)) this.flush();
  }

  flushIfDue(): void {
    if (
      this.#waiting.length >= mostMembers ||
      this.#bytes >= this.#most ||
      this.#held.size >= this.#mostFolders
    )
      this.flush();
  }

  /** Gives all that wait their names. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#options.posix.syncFileSystem(this.#options.rootFd);
    let done = 0;
    try {
      for (const waiting of this.#waiting) {
        this.#rename(waiting);
        done++;
      }
    } finally {
      this.#waiting.splice(0, done);
    }
    this.#byName.clear();
    this.#inFolder.clear();
    this.#bytes = 0;
    this.#most = this.#room();
    for (const [key, { finish }] of this.#held) {
      this.#held.delete(key);
      finish();
    }
  }

  /** After a failure: removes what waits, and closes folders as they would have been left. */
  discard(): void {
    for (const { place, temporary } of this.#waiting)
      quietly(() => unlinkIfThere(pathIn(place.fd, temporary)));
    this.#waiting = [];
    for (const { finish } of this.#held.values()) quietly(finish);
    this.#held.clear();
    this.#inFolder.clear();
  }

  #rename({ place, kind, bytes, member, temporary }: Waiting): void {
    const path = pathIn(place.fd, place.name);
    try {
      const before = lstatSync(path, { throwIfNoEntry: false });
      if (before?.isDirectory())
        throw new TargetConflict(
          `${printableName(member)} is a folder there, and none in the archive`,
        );
      renameSync(pathIn(place.fd, temporary), path);
      // Renaming one name of a file over another of the same file leaves both.
      if (kind === 'hardLinks') unlinkIfThere(pathIn(place.fd, temporary));
      this.#counts[kind]++;
      this.#counts.bytes += bytes;
      if (before) this.#counts.replaced++;
      if (kind === 'files') this.#removeJournals(place, path);
    } catch (error) {
      throw writeFailure(error, member, this.#options.target);
    }
  }

  /** SQLite would replay what a newer database left in its `-wal` over the one that was restored. */
  #removeJournals({ fd, parts, name }: Place, path: Buffer): void {
    if (!beginsAsDatabase(path)) return;
    for (const suffix of journalSuffixes) {
      const beside = Buffer.concat([name, Buffer.from(suffix)]);
      if (this.#options.names.get([...parts.slice(0, -1), beside]) !== undefined) continue;
      if (unlinkIfThere(pathIn(fd, beside))) this.#counts.journals++;
    }
  }

  /** How many bytes may wait: what they replace takes room until they have their names. */
  #room(): number {
    const { bavail, bsize } = statfsSync(pathOf(this.#options.rootFd));
    return Math.min(mostBytes, (bavail * bsize) / 4);
  }
}

function beginsAsDatabase(path: Buffer): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    // A file that its owner may not read, restored by its owner.
    return false;
  }
  try {
    const { size } = fstatSync(fd, { bigint: true });
    return isDatabase(fd, size);
  } finally {
    closeSync(fd);
  }
}

function openFilesAllowed(): number {
  const [, most] =
    /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
  return most === undefined ? Number.POSITIVE_INFINITY : Number(most);
}

function keyOf(parts: NameParts): string {
  return joinParts(parts).toString('latin1');
}

function identity(fd: number): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}

/** Whether it was there. */
function unlinkIfThere(path: Buffer): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return false;
  }
}

/** The failure that led here says more. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing more can be done about it.
  }
}
