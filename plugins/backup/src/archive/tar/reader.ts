import type { Extent } from '../posix/calls.ts';
import { blockSize, paxFlag, paxGlobalFlag } from './format.ts';
import { TarDamage } from './reader-damage.ts';
import { dataSize, entryOf, type ReadEntry, sparseForm } from './reader-entry.ts';
import { isZeroBlock, parseHeader, type TarHeader } from './reader-header.ts';
import { type PaxRecords, parsePax } from './reader-pax.ts';
import {
  checkSparse,
  gnuSparse,
  leadingSparse,
  paxSparse,
  type SparseMap,
} from './reader-sparse.ts';

/** Gives a tar stream piece by piece. */
export interface ByteSource {
  /** Valid until the next call; undefined at the end. */
  next(): Buffer | undefined;
}

/** How the archive ended. */
export interface TarEnding {
  /** The two blocks of zeros that end an archive: `single` is half of it. */
  mark: 'whole' | 'single' | 'missing';
  /** The length of the tar stream. */
  bytes: number;
  /** There are bytes after the end that are not padding. */
  trailing: boolean;
}

/** A pax header holds attributes and, in old forms, a map of holes. No sane one comes near. */
const largestExtension = 16 * 1024 * 1024;

/**
 * Reads a tar stream member by member: v7, ustar, GNU (long names, base-256 numbers, old sparse
 * files), star and pax (GNU.sparse 0.0, 0.1, 1.0). Synchronous: the source blocks.
 *
 * Memory does not grow with the archive: one header, one piece of data.
 */
export class TarReader {
  /** Of the next byte to be read, in the tar stream. */
  offset = 0;
  /** Where in the member's file the piece last returned by `read` belongs. */
  fileOffset = 0;
  /** The name of the last member whose content was passed whole. */
  lastWhole: Buffer | undefined;
  /** Known once `next` returned undefined. */
  ending: TarEnding | undefined;

  readonly #source: ByteSource;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #globals: PaxRecords = [];
  #entry: ReadEntry | undefined;
  /** Of the content of the current member, and the padding after it. */
  #left = 0;
  #length = 0;
  #padding = 0;
  #extents: Extent[] | undefined;
  #extent = 0;
  #inExtent = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next member; undefined after the last. What is left of the one before is passed over. */
  next(): ReadEntry | undefined {
    return this.#guarded(() => {
      if (this.ending) return undefined;
      this.#finishEntry();
      return this.#nextEntry();
    });
  }

  /**
   * The next piece of the current member's content, valid until the next call of anything here;
   * undefined after the last. `fileOffset` says where it belongs.
   */
  read(): Buffer | undefined {
    return this.#guarded(() => this.#read());
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof TarDamage) error.lastWhole = this.lastWhole;
      throw error;
    }
  }

  #read(): Buffer | undefined {
    if (this.#left === 0) return undefined;
    if (this.#at === this.#chunk.length) this.#refill('the content of a member');
    let length = Math.min(this.#left, this.#chunk.length - this.#at);
    if (this.#extents) {
      let extent = this.#extents[this.#extent] as Extent;
      if (this.#inExtent === extent.length) {
        extent = this.#extents[++this.#extent] as Extent;
        this.#inExtent = 0;
      }
      this.fileOffset = extent.offset + this.#inExtent;
      length = Math.min(length, extent.length - this.#inExtent);
      this.#inExtent += length;
    } else {
      this.fileOffset = this.#length - this.#left;
    }
    this.#left -= length;
    return this.#take(length);
  }

  #nextEntry(): ReadEntry | undefined {
    let records: PaxRecords = [];
    let longName: Buffer | undefined;
    let longLink: Buffer | undefined;
    const start = this.offset;
    for (;;) {
      const headerOffset = this.offset;
      const block = this.#block();
      if (block === undefined || isZeroBlock(block)) {
        if (headerOffset !== start)
          throw new TarDamage('cut off between the headers of a member', headerOffset);
        this.#end(block);
        return undefined;
      }
      const header = parseHeader(block, headerOffset);
      const { flag } = header;
      if (flag === paxFlag || flag === 'X') {
        records = [...records, ...parsePax(this.#extension(header), this.offset)];
      } else if (flag === paxGlobalFlag) {
        this.#globals = latest([
          ...this.#globals,
          ...parsePax(this.#extension(header), this.offset),
        ]);
      } else if (flag === 'L') longName = upToZero(this.#extension(header));
      else if (flag === 'K') longLink = upToZero(this.#extension(header));
      else if (flag === 'V') this.#extension(header);
      else if (flag === 'M') {
        throw new TarDamage('a volume of an archive in several volumes', headerOffset);
      } else {
        const all =
          this.#globals.length > 0 ? latest([...this.#globals, ...records], records) : records;
        // A header block is only valid until the next read.
        const own = flag === 'S' ? Buffer.from(block) : block;
        return this.#begin(header, own, all, { longName, longLink }, start);
      }
    }
  }

  #begin(
    header: TarHeader,
    block: Buffer,
    records: PaxRecords,
    long: { longName: Buffer | undefined; longLink: Buffer | undefined },
    start: number,
  ): ReadEntry {
    const entry = entryOf(header, records, long, start);
    this.#left = dataSize(entry, header, records);
    this.#padding = (blockSize - (this.#left % blockSize)) % blockSize;
    this.#extents = undefined;
    this.fileOffset = 0;
    if (entry.type === 'file') {
      const sparse = this.#sparseMap(entry, header, block, records, start);
      if (sparse) {
        entry.size = sparse.size;
        entry.sparse = sparse.extents;
        this.#extents = sparse.extents;
        this.#extent = 0;
        this.#inExtent = 0;
      } else entry.size = this.#left;
      entry.storedSize = this.#left;
    }
    this.#length = this.#left;
    this.#entry = entry;
    return entry;
  }

  #sparseMap(
    entry: ReadEntry,
    header: TarHeader,
    block: Buffer,
    records: PaxRecords,
    start: number,
  ): SparseMap | undefined {
    const map = (() => {
      if (header.flag === 'S')
        return gnuSparse(block, () => this.#sure(blockSize, 'a map of holes'), start);
      const form = sparseForm(records);
      if (form === undefined) return undefined;
      if (form.version !== '1.0') return paxSparse(records, start);
      return leadingSparse(
        form.realSize ?? entry.size,
        () => {
          if (this.#left < blockSize)
            throw new TarDamage('a sparse file whose map does not fit its data', start);
          this.#left -= blockSize;
          return this.#sure(blockSize, 'a map of holes');
        },
        start,
      );
    })();
    return map && checkSparse(map, this.#left, start);
  }

  /** The content of a header that extends another one. */
  #extension(header: TarHeader): Buffer {
    if (header.size > largestExtension)
      throw new TarDamage('a header of impossible length', this.offset - blockSize);
    const content = Buffer.from(this.#sure(header.size, 'a header'));
    this.#pass((blockSize - (header.size % blockSize)) % blockSize, 'a header');
    return content;
  }

  #finishEntry(): void {
    if (this.#entry === undefined) return;
    this.#pass(this.#left + this.#padding, 'the content of a member');
    this.#left = 0;
    this.lastWhole = this.#entry.path;
    this.#entry = undefined;
  }

  /** After the first block of zeros, or where there is none. */
  #end(block: Buffer | undefined): void {
    let mark: TarEnding['mark'] = block === undefined ? 'missing' : 'single';
    let trailing = false;
    if (block !== undefined) {
      const second = this.#block();
      if (second !== undefined && isZeroBlock(second)) mark = 'whole';
      else if (second !== undefined) trailing = true;
    }
    // Reading on to the end is what makes the compressed stream's own checks happen.
    for (;;) {
      if (this.#at === this.#chunk.length && !this.#more()) break;
      const rest = this.#take(this.#chunk.length - this.#at);
      trailing ||= rest.some((byte) => byte !== 0);
    }
    this.ending = { mark, bytes: this.offset, trailing };
  }

  /** One whole block; undefined at the end of the stream. */
  #block(): Buffer | undefined {
    if (this.#at === this.#chunk.length && !this.#more()) return undefined;
    return this.#sure(blockSize, 'a header');
  }

  #sure(length: number, what: string): Buffer {
    if (this.#chunk.length - this.#at >= length) return this.#take(length);
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; ) {
      if (this.#at === this.#chunk.length) this.#refill(what);
      const piece = this.#take(Math.min(left, this.#chunk.length - this.#at));
      pieces.push(Buffer.from(piece));
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  #pass(length: number, what: string): void {
    for (let left = length; left > 0; ) {
      if (this.#at === this.#chunk.length) this.#refill(what);
      const passed = Math.min(left, this.#chunk.length - this.#at);
      this.#at += passed;
      this.offset += passed;
      left -= passed;
    }
  }

  #take(length: number): Buffer {
    const bytes = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += length;
    this.offset += length;
    return bytes;
  }

  #refill(what: string): void {
    if (!this.#more()) throw new TarDamage(`cut off in the middle of ${what}`, this.offset);
  }

  #more(): boolean {
    do {
      const chunk = this.#source.next();
      if (chunk === undefined) return false;
      this.#chunk = chunk;
      this.#at = 0;
    } while (this.#chunk.length === 0);
    return true;
  }
}

function upToZero(bytes: Buffer): Buffer {
  const zero = bytes.indexOf(0);
  return zero < 0 ? bytes : bytes.subarray(0, zero);
}

/** The last of each key, but all of `repeated`, where keys repeat with a meaning. */
function latest(records: PaxRecords, repeated: PaxRecords = []): PaxRecords {
  const byKey = new Map(records.map((record) => [record.key, record]));
  for (const { key } of repeated) byKey.delete(key);
  return [...byKey.values(), ...repeated];
}
