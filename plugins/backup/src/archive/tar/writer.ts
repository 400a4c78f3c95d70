import { type BigIntStats, fstatSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import type { GzipWriter } from '../gzip/writer.ts';
import type { Extent, PosixCalls, Xattr } from '../posix/calls.ts';
import { systemError } from '../posix/system-error.ts';
import type { BytesPath } from '../tree/bytes-path.ts';
import { blockSize, type TarEntry } from './format.ts';
import { HeaderEncoder, paddingAfter, sparseMap } from './header.ts';
import { memberOf } from './member.ts';

/**
 * Files up to this many bytes are read whole before their header goes out, so that one that is
 * written to meanwhile can be read again.
 */
const readWhole = 4 * 1024 * 1024;
const mostReads = 3;
/** What is less than a block of the file system is not worth a sparse member. */
const smallestHole = 4096;

/** A file to be archived: open, with what stood in its place before it was opened. */
export interface OpenFile {
  fd: number;
  stat: BigIntStats;
  path: BytesPath;
  xattrs: readonly Xattr[];
  /** Of a file whose content is a copy: what has the owner, mode and time that the member gets. */
  like?: BigIntStats;
}

export interface FileOutcome {
  entry: TarEntry;
  /** What the entry was made of. */
  stat: BigIntStats;
  /**
   * `changed`: it was written to while it was read; `damaged`: reading it failed when its header was
   * out, and zeros stand in the archive for the rest.
   */
  state: 'whole' | 'changed' | 'damaged';
}

/** Writes members to a gzip file. */
export class TarWriter {
  readonly #gzip: GzipWriter;
  readonly #posix: PosixCalls;
  readonly #headers = new HeaderEncoder();
  /** Called between pieces of a long file; waiting in it gives the event loop a turn. */
  readonly #pause: () => Promise<void> | undefined;
  #scratch: Buffer | undefined;
  #underWay = 0;

  constructor(
    gzip: GzipWriter,
    posix: PosixCalls,
    pause: () => Promise<void> | undefined = () => undefined,
  ) {
    this.#gzip = gzip;
    this.#posix = posix;
    this.#pause = pause;
  }

  /** How much of a long file is read so far; 0 between files. */
  get underWay(): number {
    return this.#underWay;
  }

  /** A member without content; undefined when there was no need to wait. */
  add(entry: TarEntry): Promise<void> | undefined {
    const header = this.#headers.encode(entry);
    if (header.length > this.#gzip.free) return this.#gzip.write(header);
    this.#gzip.throwIfFailed();
    header.copy(this.#gzip.buffer, this.#gzip.position);
    this.#gzip.commit(header.length);
    return undefined;
  }

  /**
   * A regular file. Throws or rejects with what `fs` throws when nothing of it could be read, and
   * with ENOENT when something else has taken its place; nothing is written then.
   */
  addFile(file: OpenFile): FileOutcome | Promise<FileOutcome> {
    if (!isSmall(file.stat)) return this.#addLarge(file);
    return this.#addAtOnce(file) ?? this.#addSmall(file);
  }

  /** The end of the archive. */
  finish(): Promise<void> {
    return this.#gzip.write(Buffer.alloc(2 * blockSize));
  }

  /** Most files: short enough for the segment being filled, and nobody writes to them. */
  #addAtOnce(file: OpenFile): FileOutcome | undefined {
    const { fd, stat } = file;
    const gzip = this.#gzip;
    const size = Number(stat.size);
    if (size + 3 * blockSize > gzip.free) return undefined;
    const entry = this.#member(file, stat);
    const header = this.#headers.encode(entry);
    const total = header.length + size + paddingAfter(size);
    if (total > gzip.free) return undefined;
    gzip.throwIfFailed();
    const start = gzip.position + header.length;
    const length = readFully(fd, gzip.buffer, start, size);
    if (length < size || !isSame(stat, fstatSync(fd, { bigint: true }))) return undefined;
    header.copy(gzip.buffer, gzip.position);
    gzip.buffer.fill(0, start + size, gzip.position + total);
    gzip.commit(total);
    return { entry, stat, state: 'whole' };
  }

  async #addSmall(file: OpenFile): Promise<FileOutcome> {
    const { fd } = file;
    this.#scratch ??= Buffer.allocUnsafeSlow(readWhole + blockSize);
    const place = this.#scratch;
    let stat = file.stat;
    for (let reads = 1; ; reads += 1) {
      const size = Number(stat.size);
      const length = readFully(fd, place, 0, size);
      const after = fstatSync(fd, { bigint: true });
      const changed = length < size || !isSame(stat, after);
      if (changed && reads < mostReads) {
        if (!isSmall(after)) return this.#addLarge(file);
        stat = fileStat(fd);
        continue;
      }
      const padded = size + paddingAfter(size);
      place.fill(0, length, padded);
      const entry = this.#member(file, stat);
      await this.add(entry);
      await this.#gzip.write(place.subarray(0, padded));
      return { entry, stat, state: changed ? 'changed' : 'whole' };
    }
  }

  async #addLarge(file: OpenFile): Promise<FileOutcome> {
    const { fd } = file;
    const stat = fileStat(fd);
    const sparse = this.#extents(fd, stat);
    const entry = this.#member(file, stat);
    if (sparse !== undefined) entry.sparse = sparse;
    const stretches = sparse ?? [{ offset: 0, length: entry.size }];
    // A file that cannot be read at all is left out, instead of being there with zeros.
    readSync(fd, Buffer.alloc(1), 0, 1, stretches[0]?.offset ?? 0);
    await this.add(entry);
    if (sparse !== undefined) await this.#gzip.write(sparseMap(entry));
    let state: FileOutcome['state'] = 'whole';
    let stored = 0;
    for (const { offset, length } of stretches) {
      const outcome = await this.#addStretch(fd, offset, length);
      if (outcome === 'damaged' || state === 'whole') state = outcome;
      stored += length;
    }
    await this.#gzip.write(Buffer.alloc(paddingAfter(stored)));
    this.#underWay = 0;
    if (state === 'whole' && !isSame(stat, fstatSync(fd, { bigint: true }))) state = 'changed';
    return { entry, stat, state };
  }

  #member({ path, xattrs, like }: OpenFile, stat: BigIntStats): TarEntry {
    const member = memberOf(path, 'file', like ?? stat, xattrs, this.#posix);
    return like === undefined ? member : { ...member, size: Number(stat.size) };
  }

  async #addStretch(fd: number, offset: number, length: number): Promise<FileOutcome['state']> {
    const gzip = this.#gzip;
    let state: FileOutcome['state'] = 'whole';
    for (let done = 0; done < length; ) {
      await gzip.room();
      const wanted = Math.min(gzip.free, length - done);
      let got = 0;
      if (state === 'whole') {
        try {
          got = readSync(fd, gzip.buffer, gzip.position, wanted, offset + done);
          if (got === 0) state = 'changed';
        } catch {
          state = 'damaged';
        }
      }
      if (state !== 'whole') {
        gzip.buffer.fill(0, gzip.position, gzip.position + wanted);
        got = wanted;
      }
      gzip.commit(got);
      done += got;
      this.#underWay += got;
      await this.#pause();
    }
    return state;
  }

  /** Where a file has data; undefined when it has no holes worth a sparse member. */
  #extents(fd: number, stat: BigIntStats): Extent[] | undefined {
    if (!hasHoles(stat)) return undefined;
    const size = Number(stat.size);
    const extents = this.#posix.dataExtents(fd, size);
    const data = extents.reduce((sum, { length }) => sum + length, 0);
    return size - data >= smallestHole ? extents : undefined;
  }
}

/** Whether a file is read whole; one with holes is not. */
function isSmall(stat: BigIntStats): boolean {
  return stat.size <= readWhole && !hasHoles(stat);
}

function hasHoles(stat: BigIntStats): boolean {
  return Number(stat.blocks) * 512 < Number(stat.size);
}

/** What is open, which must be a file: something else may have taken its place before it was opened. */
function fileStat(fd: number): BigIntStats {
  const stat = fstatSync(fd, { bigint: true });
  if (!stat.isFile()) throw systemError(constants.errno.ENOENT, 'open');
  return stat;
}

/** Whether it is the same file and nothing wrote to it between two looks at it. */
function isSame(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs &&
    before.ino === after.ino &&
    before.dev === after.dev
  );
}

/** Reads from the start of a file; less than `size` when it is shorter. */
function readFully(fd: number, place: Buffer, start: number, size: number): number {
  let length = 0;
  while (length < size) {
    const got = readSync(fd, place, start + length, size - length, length);
    if (got === 0) break;
    length += got;
  }
  return length;
}
