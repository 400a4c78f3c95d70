import { type BigIntStats, fstatSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import type { GzipWriter } from '../gzip/writer.ts';
import type { Extent } from '../posix.ts';
import { systemError } from '../system-error.ts';
import { blockSize, type TarEntry } from './format.ts';
import { HeaderEncoder, paddingAfter, sparseMap } from './header.ts';

/**
 * Files up to this many bytes are read whole before their header goes out, so that one that is
 * written to meanwhile can be read again.
 */
const readWhole = 4 * 1024 * 1024;
const mostReads = 3;

/** A file to be archived: open, with what stood in its place before it was opened. */
export interface OpenFile {
  fd: number;
  stat: BigIntStats;
  /** Where it has data; undefined when it has no holes. */
  extents(stat: BigIntStats): Extent[] | undefined;
  /** Its member, for what it was at a later look. */
  member(stat: BigIntStats): TarEntry;
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
  readonly #headers = new HeaderEncoder();
  /** Called between pieces of a long file; waiting in it gives the event loop a turn. */
  readonly #pause: () => Promise<void> | undefined;
  #scratch: Buffer | undefined;

  constructor(gzip: GzipWriter, pause: () => Promise<void> | undefined = () => undefined) {
    this.#gzip = gzip;
    this.#pause = pause;
  }

  /** A member without content. */
  add(entry: TarEntry): Promise<void> {
    return this.#gzip.write(this.#headers.encode(entry));
  }

  /**
   * A regular file. Rejects with what `fs` throws when nothing of it could be read, and with ENOENT
   * when something else has taken its place; nothing is written then.
   */
  addFile(file: OpenFile): Promise<FileOutcome> {
    return isSmall(file.stat) ? this.#addSmall(file) : this.#addLarge(file);
  }

  /** The end of the archive. */
  finish(): Promise<void> {
    return this.#gzip.write(Buffer.alloc(2 * blockSize));
  }

  async #addSmall(file: OpenFile): Promise<FileOutcome> {
    const { fd } = file;
    const gzip = this.#gzip;
    let { stat } = file;
    for (let reads = 1; ; reads += 1) {
      const size = Number(stat.size);
      const entry = file.member(stat);
      const header = this.#headers.encode(entry);
      const padded = size + paddingAfter(size);
      const room = gzip.room();
      if (room !== undefined) await room;
      const isDirect = header.length + padded <= gzip.free;
      const place = isDirect ? gzip.buffer : this.#whole();
      const start = isDirect ? gzip.position + header.length : 0;
      const length = readFully(fd, place, start, size);
      const after = fstatSync(fd, { bigint: true });
      const changed = length < size || !isSame(stat, after);
      if (changed && reads < mostReads) {
        if (!isSmall(after)) return this.#addLarge(file);
        stat = fileStat(fd);
        continue;
      }
      if (length < padded) place.fill(0, start + length, start + padded);
      if (isDirect) {
        header.copy(place, gzip.position);
        gzip.commit(header.length + padded);
      } else {
        await gzip.write(header);
        await gzip.write(place.subarray(0, padded));
      }
      return { entry, stat, state: changed ? 'changed' : 'whole' };
    }
  }

  async #addLarge({ fd, extents, member }: OpenFile): Promise<FileOutcome> {
    const stat = fileStat(fd);
    const sparse = extents(stat);
    const entry = member(stat);
    if (sparse !== undefined) entry.sparse = sparse;
    const stretches = sparse ?? [{ offset: 0, length: entry.size }];
    // A file that cannot be read at all is left out, instead of being there with zeros.
    readSync(fd, Buffer.alloc(1), 0, 1, stretches[0]?.offset ?? 0);
    await this.#gzip.write(this.#headers.encode(entry));
    if (sparse !== undefined) await this.#gzip.write(sparseMap(entry));
    let state: FileOutcome['state'] = 'whole';
    let stored = 0;
    for (const { offset, length } of stretches) {
      const outcome = await this.#addStretch(fd, offset, length);
      if (outcome === 'damaged' || state === 'whole') state = outcome;
      stored += length;
    }
    await this.#gzip.write(Buffer.alloc(paddingAfter(stored)));
    if (state === 'whole' && !isSame(stat, fstatSync(fd, { bigint: true }))) state = 'changed';
    return { entry, stat, state };
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
      await this.#pause();
    }
    return state;
  }

  #whole(): Buffer {
    this.#scratch ??= Buffer.allocUnsafeSlow(readWhole + blockSize);
    return this.#scratch;
  }
}

/** Whether a file is read whole; one with holes is not. */
function isSmall(stat: BigIntStats): boolean {
  return stat.size <= readWhole && stat.blocks * 512n >= stat.size;
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
