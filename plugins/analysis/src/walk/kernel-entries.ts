import { constants } from 'node:fs';
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { isEscaped, pathBytes } from '../paths/escape.ts';
import { deviceNumber } from './device.ts';
import { type Entries, systemError } from './entries.ts';

// The numbers of <fcntl.h> and <linux/stat.h>, the same on every processor Node runs on.
const currentFolder = -100;
const noFollowNoAutomount = 0x100 | 0x800;
const basicStats = 0x7ff;
const listingBytes = 1 << 18;
const longestPath = 1 << 16;
const dot = 0x2e;

interface Calls {
  openat(folder: number, path: number, flags: number, mode: number): number;
  close(fd: number): number;
  getdents64(fd: number, buffer: number, bytes: number): number;
  statx(folder: number, name: number, flags: number, mask: number, buffer: number): number;
  errno(): number;
  address(memory: ArrayBufferView): number;
}

/**
 * Reads folders with the calls that `du` uses: one `statx` of a bare name per entry. Through Node's
 * `fs` each entry costs half as much again, for walking the whole path anew and for an object.
 * Undefined where the foreign-function library or one of the calls is missing.
 */
export function kernelEntries(load = loadKoffi): Entries | undefined {
  try {
    return new KernelEntries(systemCalls(load()));
  } catch {
    return undefined;
  }
}

type Koffi = typeof import('koffi');

function loadKoffi(): Koffi {
  return createRequire(import.meta.url)('koffi');
}

function systemCalls(koffi: Koffi): Calls {
  const libc = koffi.load(null);
  // Addresses go as numbers: a pointer type would take an object for every name.
  return {
    openat: libc.func('openat', 'int', ['int', 'size_t', 'int', 'uint32']),
    close: libc.func('close', 'int', ['int']),
    getdents64: libc.func('getdents64', 'int64', ['int', 'size_t', 'size_t']),
    statx: libc.func('statx', 'int', ['int', 'size_t', 'int', 'uint32', 'size_t']),
    errno: () => koffi.errno(),
    address: (memory) => Number(koffi.address(memory)),
  };
}

class KernelEntries implements Entries {
  failure: string | undefined;
  readonly bytes = new Uint8Array(listingBytes);
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
  readonly #calls: Calls;
  readonly #path = Buffer.alloc(longestPath);
  readonly #stats = new Uint32Array(64);
  readonly #pathAddress: number;
  readonly #bytesAddress: number;
  readonly #statsAddress: number;
  readonly #flags: number;
  #fd = -1;
  #at = 0;
  #end = 0;
  #major = -1;
  #minor = -1;

  constructor(calls: Calls) {
    this.#calls = calls;
    this.#pathAddress = calls.address(this.#path);
    this.#bytesAddress = calls.address(this.bytes);
    this.#statsAddress = calls.address(this.#stats);
    const { O_RDONLY, O_DIRECTORY, O_NONBLOCK, O_NOATIME } = constants;
    const closeOnExec = 0o2000000;
    // Only root may leave the access time of others' folders alone.
    const keepTime = process.geteuid?.() === 0 ? O_NOATIME : 0;
    this.#flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | closeOnExec | keepTime;
  }

  open(path: string, mayBeLink: boolean): void {
    // Four bytes for each unit are more than UTF-8 takes.
    if (path.length * 4 >= longestPath) throw systemError('ENAMETOOLONG');
    const length = isEscaped(path)
      ? pathBytes(path).copy(this.#path)
      : this.#path.write(path, 0, 'utf8');
    this.#path[length] = 0;
    const flags = mayBeLink ? this.#flags : this.#flags | constants.O_NOFOLLOW;
    this.#fd = this.#calls.openat(currentFolder, this.#pathAddress, flags, 0);
    if (this.#fd < 0) throw systemError(this.#error());
    this.#at = 0;
    this.#end = 0;
    // What is listed first decides whether it may be read at all.
    try {
      this.#list();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  next(): boolean {
    const { bytes } = this;
    for (;;) {
      if (this.#at === this.#end) {
        if (this.#end > 0) this.#list();
        if (this.#end === 0) {
          this.close();
          return false;
        }
      }
      const at = this.#at;
      // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
      this.#at = at + bytes[at + 16]! + bytes[at + 17]! * 256;
      const start = at + 19;
      if (
        bytes[start] === dot &&
        (bytes[start + 1] === 0 || (bytes[start + 1] === dot && bytes[start + 2] === 0))
      )
        continue;
      this.nameStart = start;
      let end = start + 1;
      while (bytes[end] !== 0) end += 1;
      this.nameEnd = end;
      this.#stat(start);
      return true;
    }
  }

  close(): void {
    if (this.#fd >= 0) this.#calls.close(this.#fd);
    this.#fd = -1;
    this.#end = 0;
  }

  #list(): void {
    const read = Number(this.#calls.getdents64(this.#fd, this.#bytesAddress, listingBytes));
    if (read < 0) throw systemError(this.#error());
    this.#at = 0;
    this.#end = read;
  }

  #stat(nameStart: number): void {
    const result = this.#calls.statx(
      this.#fd,
      this.#bytesAddress + nameStart,
      noFollowNoAutomount,
      basicStats,
      this.#statsAddress,
    );
    if (result !== 0) {
      this.failure = this.#error();
      return;
    }
    this.failure = undefined;
    // struct statx, in units of 32 bits.
    const stats = this.#stats;
    this.links = stats[4]!;
    this.mode = stats[7]! & 0xffff;
    this.inode = stats[8]! + (stats[9]! & 0x1fffff) * 2 ** 32;
    this.inodeHigh = stats[9]! >>> 21;
    this.size = stats[10]! + stats[11]! * 2 ** 32;
    this.blocks = stats[12]! + stats[13]! * 2 ** 32;
    this.changed = milliseconds(stats[24]!, stats[25]!, stats[26]!);
    this.modified = milliseconds(stats[28]!, stats[29]!, stats[30]!);
    if (stats[34] !== this.#major || stats[35] !== this.#minor) {
      this.#major = stats[34]!;
      this.#minor = stats[35]!;
      this.device = deviceNumber(this.#major, this.#minor);
    }
  }

  #error(): string {
    return getSystemErrorName(-this.#calls.errno());
  }
}

function milliseconds(low: number, high: number, nanoseconds: number): number {
  return (low + (high | 0) * 2 ** 32) * 1000 + nanoseconds / 1e6;
}
