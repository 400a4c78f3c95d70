import { type BigIntStats, fstatSync, readSync } from 'node:fs';
import type { GzipWriter } from '../gzip/writer.ts';
import type { Extent } from '../posix.ts';
import { blockSize, type TarEntry } from './format.ts';
import { headerOf, paddingAfter, sparseMap } from './header.ts';

/**
 * Files up to this many bytes are read whole before their header goes out, so that one that is
 * written to meanwhile can be read again.
 */
const readWhole = 4 * 1024 * 1024;
const mostReads = 3;
const zeros = Buffer.alloc(blockSize);

/** A file to be archived: open, with what it was when it was opened. */
export interface OpenFile {
  fd: number;
  stat: BigIntStats;
  /** Where it has data, when it has holes. */
  sparse?: Extent[];
  /** Its member, for what it was at a later look. */
  member(stat: BigIntStats): TarEntry;
}

/** What became of a file: archived as it was, or as it was read while somebody wrote to it. */
export type FileOutcome = { entry: TarEntry; state: 'whole' | 'changed' | 'damaged' };

/** Writes members to a gzip file. */
export class TarWriter {
  readonly #gzip: GzipWriter;
  /** Called between pieces of a long file; waiting in it gives the event loop a turn. */
  readonly #pause: () => Promise<void> | undefined;
  #scratch: Buffer | undefined;

  constructor(gzip: GzipWriter, pause: () => Promise<void> | undefined = () => undefined) {
    this.#gzip = gzip;
    this.#pause = pause;
  }

  /** A member without content. */
  async add(entry: TarEntry): Promise<void> {
    await this.#gzip.write(headerOf(entry));
  }

  /**
   * A regular file. Rejects with what `fs` throws when nothing of it could be read, and nothing is
   * written then. `changed`: it was written to while it was read; `damaged`: reading it failed when
   * its header was out, and zeros stand in the archive for the rest.
   */
  async addFile(file: OpenFile): Promise<FileOutcome> {
    const isSmall = file.stat.size <= readWhole && file.sparse === undefined;
    return isSmall ? this.#addSmall(file) : this.#addLarge(file);
  }

  /** The end of the archive. */
  async finish(): Promise<void> {
    await this.#gzip.write(Buffer.alloc(2 * blockSize));
  }

  async #addSmall(file: OpenFile): Promise<FileOutcome> {
    const { fd } = file;
    let { stat } = file;
    for (let reads = 1; ; reads += 1) {
      const size = Number(stat.size);
      const entry = file.member(stat);
      const header = headerOf(entry);
      const total = header.length + size + paddingAfter(size);
      const room = await this.#gzip.room();
      const isDirect = total <= room.length;
      const place = isDirect
        ? room.subarray(header.length, total)
        : this.#whole(total - header.length);
      const length = readFully(fd, place, size, 0);
      const after = fstatSync(fd, { bigint: true });
      const changed = length < size || !isSame(stat, after);
      if (changed && reads < mostReads) {
        // It may have outgrown what is read whole.
        if (after.size > readWhole) return this.#addLarge({ ...file, stat: after });
        stat = after;
        continue;
      }
      place.fill(0, length);
      if (isDirect) {
        room.set(header);
        this.#gzip.commit(total);
      } else {
        await this.#gzip.write(header);
        await this.#gzip.write(place);
      }
      return { entry, state: changed ? 'changed' : 'whole' };
    }
  }

  async #addLarge({ fd, stat, sparse, member }: OpenFile): Promise<FileOutcome> {
    const entry = member(stat);
    if (sparse !== undefined) entry.sparse = sparse;
    // A read error that comes at once leaves the file out instead of damaging the archive.
    readSync(fd, Buffer.alloc(1), 0, 1, sparse?.[0]?.offset ?? 0);
    await this.#gzip.write(headerOf(entry));
    if (sparse !== undefined) await this.#gzip.write(sparseMap(entry));
    let state: FileOutcome['state'] = 'whole';
    let stored = 0;
    for (const { offset, length } of sparse ?? [{ offset: 0, length: entry.size }]) {
      const outcome = await this.#addStretch(fd, offset, length);
      if (outcome === 'damaged' || state === 'whole') state = outcome;
      stored += length;
    }
    await this.#gzip.write(zeros.subarray(0, paddingAfter(stored)));
    if (state === 'whole' && !isSame(stat, fstatSync(fd, { bigint: true }))) state = 'changed';
    return { entry, state };
  }

  async #addStretch(fd: number, offset: number, length: number): Promise<FileOutcome['state']> {
    let state: FileOutcome['state'] = 'whole';
    for (let done = 0; done < length; ) {
      const room = await this.#gzip.room();
      const place = room.subarray(0, length - done);
      let got = 0;
      if (state === 'whole') {
        try {
          got = readSync(fd, place, 0, place.length, offset + done);
          if (got === 0) state = 'changed';
        } catch {
          state = 'damaged';
        }
      }
      if (state !== 'whole') {
        place.fill(0);
        got = place.length;
      }
      this.#gzip.commit(got);
      done += got;
      await this.#pause();
    }
    return state;
  }

  #whole(length: number): Buffer {
    this.#scratch ??= Buffer.allocUnsafe(readWhole + blockSize);
    return this.#scratch.subarray(0, length);
  }
}

/** Whether nothing wrote to a file between two looks at it. */
function isSame(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs
  );
}

function readFully(fd: number, place: Buffer, size: number, from: number): number {
  let length = 0;
  while (length < size) {
    const got = readSync(fd, place, length, size - length, from + length);
    if (got === 0) break;
    length += got;
  }
  return length;
}
