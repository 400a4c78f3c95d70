import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
} from 'node:fs';
import type { TarReader } from '../tar/reader.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import type { Attributes } from './attributes.ts';

/** What was read of a member to compare it: its whole content. */
export interface Compared {
  content: Buffer;
  isSame: boolean;
}

const mostBytes = 4 * 1024 * 1024;
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Tells whether the file that lies in the target is what the archive has, byte by byte and with all
 * attributes: writing it once more would cost many times as much, and change nothing.
 */
export class FileThere {
  readonly #attributes: Attributes;
  readonly #buffers: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];

  constructor(attributes: Attributes) {
    this.#attributes = attributes;
  }

  /**
   * Undefined, with nothing read, for what is certainly another file or too large to be held; else the
   * content, which is good until the next call.
   */
  compare(path: Buffer, entry: ReadEntry, reader: TarReader): Compared | undefined {
    if (entry.size > mostBytes || entry.sparse !== undefined) return undefined;
    const seen = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (seen === undefined || !this.#mayBeSame(seen, entry)) return undefined;
    const content = this.#contentOf(entry, reader);
    return { content, isSame: this.#holds(path, seen, entry, content) };
  }

  /** Another name of it may be one that the archive has not. */
  #mayBeSame(stat: BigIntStats, entry: ReadEntry): boolean {
    return (
      stat.isFile() &&
      stat.nlink === 1n &&
      stat.size === BigInt(entry.size) &&
      stat.mtimeNs === entry.mtimeNs &&
      this.#attributes.isOwnAndMode(stat, entry)
    );
  }

  #contentOf({ size }: ReadEntry, reader: TarReader): Buffer {
    const content = this.#buffer(0, size);
    let end = 0;
    for (let piece = reader.read(); piece !== undefined; piece = reader.read())
      end += piece.copy(content, end);
    return content.subarray(0, end);
  }

  #holds(path: Buffer, seen: BigIntStats, entry: ReadEntry, content: Buffer): boolean {
    let fd: number;
    try {
      fd = openSync(path, flags);
    } catch {
      // It is replaced, as one that cannot be read would be.
      return false;
    }
    try {
      const opened = fstatSync(fd, { bigint: true });
      if (opened.ino !== seen.ino || opened.dev !== seen.dev) return false;
      if (!this.#mayBeSame(opened, entry) || !this.#attributes.hasXattrs(fd, entry)) return false;
      const there = this.#buffer(1, content.length + 1);
      let end = 0;
      for (;;) {
        const got = readSync(fd, there, end, content.length + 1 - end, null);
        if (got === 0) break;
        end += got;
      }
      return end === content.length && there.subarray(0, end).equals(content);
    } catch {
      return false;
    } finally {
      closeSync(fd);
    }
  }

  #buffer(at: 0 | 1, size: number): Buffer {
    if (this.#buffers[at].length < size)
      this.#buffers[at] = Buffer.allocUnsafe(
        Math.min(mostBytes + 1, Math.max(size, 2 * this.#buffers[at].length)),
      );
    return this.#buffers[at];
  }
}
