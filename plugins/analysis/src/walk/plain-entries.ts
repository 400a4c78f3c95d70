import { lstatSync, readdirSync } from 'node:fs';
import { pathBytes } from '../paths/escape.ts';
import { type Entries, systemError } from './entries.ts';

const missingAllowed = { throwIfNoEntry: false } as const;
const upperBits = 2 ** 53;

/** Reads folders with Node's own `fs`: where kernelEntries cannot be had. */
export function plainEntries(): Entries {
  return new PlainEntries();
}

class PlainEntries implements Entries {
  failure: string | undefined;
  bytes: Uint8Array = new Uint8Array();
  nameStart = 0;
  nameEnd = 0;
  mode = 0;
  size = 0;
  blocks = 0;
  modified = 0;
  changed = 0;
  links = 0;
  inode = 0;
  inodeHigh = 0;
  device = 0;
  #names: Buffer[] = [];
  #at = 0;
  #prefix = Buffer.alloc(0);

  open(path: string, mayBeLink: boolean): void {
    const bytes = pathBytes(path);
    if (!mayBeLink && lstatSync(bytes).isSymbolicLink()) throw systemError('ENOTDIR');
    this.#names = readdirSync(bytes, { encoding: 'buffer' });
    this.#at = 0;
    this.#prefix = Buffer.from(
      path.endsWith('/') ? bytes : Buffer.concat([bytes, Buffer.from('/')]),
    );
  }

  next(): boolean {
    const name = this.#names[this.#at];
    if (name === undefined) {
      this.close();
      return false;
    }
    this.#at += 1;
    this.bytes = name;
    this.nameEnd = name.length;
    this.#stat(Buffer.concat([this.#prefix, name]));
    return true;
  }

  close(): void {
    this.#names = [];
  }

  #stat(path: Buffer): void {
    try {
      const stats = lstatSync(path, missingAllowed);
      this.failure = stats === undefined ? 'ENOENT' : undefined;
      if (stats === undefined) return;
      this.mode = stats.mode;
      this.size = stats.size;
      this.blocks = stats.blocks;
      this.modified = stats.mtimeMs;
      this.changed = stats.ctimeMs;
      this.links = stats.nlink;
      this.device = stats.dev;
      this.inode = stats.ino;
      this.inodeHigh = 0;
      // overlayfs puts the layer into the highest bits, where a double has lost the lowest.
      if (stats.ino >= upperBits) this.#identify(path);
    } catch (error) {
      this.failure = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    }
  }

  #identify(path: Buffer): void {
    const { ino } = lstatSync(path, { bigint: true });
    this.inode = Number(BigInt.asUintN(53, ino));
    this.inodeHigh = Number(ino >> 53n);
  }
}
