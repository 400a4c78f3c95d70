import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { TypeObject } from 'koffi';
import type { Extent, PosixCalls, Xattr } from './calls.ts';
import { plainCalls } from './posix-plain.ts';
import { remembered } from './remembered.ts';
import { systemError } from './system-error.ts';

export type { PosixCalls, Xattr } from './calls.ts';

/**
 * The calls, through koffi where it loads, else the fallback. Loading takes some 10 ms, so make one
 * and hand it around. `load` stands in for the loader in tests.
 */
export function posixCalls(load: () => Koffi = loadKoffi): PosixCalls {
  try {
    return koffiCalls(load());
  } catch (error) {
    return plainCalls(error instanceof Error ? error.message : String(error));
  }
}

function loadKoffi(): Koffi {
  return createRequire(import.meta.url)('koffi');
}

type Koffi = typeof import('koffi');

const atFdCwd = -100;
const atSymlinkNofollow = 0x100;
/** Where struct statx has its attributes, and STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND. */
const statxAttributes = 8;
const immutable = 0x30n;
const seekData = 3;
const seekHole = 4;
const second = 1_000_000_000n;
const largestXattr = 65_536;
const { ENOSYS, ENOTSUP, ENXIO, ERANGE } = constants.errno;

function koffiCalls(koffi: Koffi): PosixCalls {
  // The symbols of the running program: the libc Node itself uses, glibc or musl.
  const libc = koffi.load(null);
  const pointer = koffi.pointer('void');
  const list = libc.func('llistxattr', 'int64', [pointer, pointer, 'size_t']);
  const flist = libc.func('flistxattr', 'int64', ['int', pointer, 'size_t']);
  const fget = libc.func('fgetxattr', 'int64', ['int', pointer, pointer, 'size_t']);
  const get = libc.func('lgetxattr', 'int64', [pointer, pointer, pointer, 'size_t']);
  const set = libc.func('setxattr', 'int', [pointer, pointer, pointer, 'size_t', 'int']);
  const fset = libc.func('fsetxattr', 'int', ['int', pointer, pointer, 'size_t', 'int']);
  const lseek = libc.func('lseek', 'int64', ['int', 'int64', 'int']);
  const utimensat = libc.func('utimensat', 'int', ['int', pointer, pointer, 'int']);
  const futimens = libc.func('futimens', 'int', ['int', pointer]);
  const syncfs = libc.func('syncfs', 'int', ['int']);
  const statx = optional(() =>
    libc.func('statx', 'int', ['int', pointer, 'int', 'uint32', pointer]),
  );
  const mkfifo = libc.func('mkfifo', 'int', [pointer, 'uint32']);
  const passwd = koffi.struct({ name: 'str', password: 'str', uid: 'uint32', gid: 'uint32' });
  const group = koffi.struct({ name: 'str', password: 'str', gid: 'uint32' });
  const getpwuid = libc.func('getpwuid', koffi.pointer(passwd), ['uint32']);
  const getpwnam = libc.func('getpwnam', koffi.pointer(passwd), ['str']);
  const getgrgid = libc.func('getgrgid', koffi.pointer(group), ['uint32']);
  const getgrnam = libc.func('getgrnam', koffi.pointer(group), ['str']);

  let zeroEnded = Buffer.alloc(4_352);
  const names = Buffer.alloc(largestXattr);
  const scratch = Buffer.alloc(largestXattr);
  const times = Buffer.alloc(32);
  const status = Buffer.alloc(256);

  const cPath = (path: Buffer): Buffer => {
    if (path.length >= zeroEnded.length) zeroEnded = Buffer.alloc(path.length * 2);
    path.copy(zeroEnded);
    zeroEnded[path.length] = 0;
    return zeroEnded;
  };
  const check = (result: unknown, syscall: string, path?: Buffer): void => {
    if (Number(result) < 0) throw systemError(koffi.errno(), syscall, path);
  };
  const timespecs = (atimeNs: bigint, mtimeNs: bigint): Buffer => {
    for (const [at, ns] of [
      [0, atimeNs],
      [16, mtimeNs],
    ] as const) {
      const rest = ((ns % second) + second) % second;
      times.writeBigInt64LE((ns - rest) / second, at);
      times.writeBigInt64LE(rest, at + 8);
    }
    return times;
  };
  /** `length`: of the list of names, or negative; `read` reads the value into the scratch. */
  const attributes = (length: number, read: (name: Buffer) => unknown, path?: Buffer): Xattr[] => {
    if (length < 0) {
      const errno = koffi.errno();
      if (errno === ENOTSUP || errno === ENOSYS) return [];
      throw systemError(errno, 'listxattr', path);
    }
    const found: Xattr[] = [];
    for (let start = 0; start < length; ) {
      const end = names.indexOf(0, start);
      const size = Number(read(names.subarray(start, end + 1)));
      // One that went away or that this user may not read is left out, as getfattr does.
      if (size >= 0) {
        const name = names.toString('utf8', start, end);
        found.push({ name, value: Buffer.from(scratch.subarray(0, size)) });
      } else if (koffi.errno() === ERANGE) {
        throw systemError(ERANGE, 'getxattr', path);
      }
      start = end + 1;
    }
    return found;
  };

  return {
    supportsXattrs: true,
    xattrs(path) {
      const length = Number(list(cPath(path), names, names.length));
      return attributes(length, (name) => get(zeroEnded, name, scratch, largestXattr), path);
    },
    fdXattrs(fd) {
      const length = Number(flist(fd, names, names.length));
      return attributes(length, (name) => fget(fd, name, scratch, largestXattr));
    },
    setFdXattr(fd, name, value) {
      check(fset(fd, Buffer.from(`${name}\0`), value, value.length, 0), 'fsetxattr');
    },
    setNameXattr(fd, name, value) {
      const path = ownPath(fd);
      check(set(cPath(path), Buffer.from(`${name}\0`), value, value.length, 0), 'setxattr', path);
    },
    dataExtents(fd, size) {
      const extents: Extent[] = [];
      for (let at = 0; at < size; ) {
        const offset = Number(lseek(fd, at, seekData));
        if (offset < 0) {
          const errno = koffi.errno();
          if (errno === ENXIO) break;
          // The file system knows no holes.
          extents.push({ offset: at, length: size - at });
          break;
        }
        if (offset >= size) break;
        const hole = Number(lseek(fd, offset, seekHole));
        const end = hole < 0 ? size : Math.min(hole, size);
        extents.push({ offset, length: end - offset });
        at = end;
      }
      return extents;
    },
    setFdTimes(fd, atimeNs, mtimeNs) {
      check(futimens(fd, timespecs(atimeNs, mtimeNs)), 'futimens');
    },
    setNameTimes(fd, atimeNs, mtimeNs) {
      const path = ownPath(fd);
      check(utimensat(atFdCwd, cPath(path), timespecs(atimeNs, mtimeNs), 0), 'utimensat', path);
    },
    makeFifo(path, mode) {
      check(mkfifo(cPath(path), mode), 'mkfifo', path);
    },
    isImmutable(path) {
      const known = statx?.(atFdCwd, cPath(path), atSymlinkNofollow, 0, status);
      return known === 0 && (status.readBigUInt64LE(statxAttributes) & immutable) !== 0n;
    },
    syncFileSystem(fd) {
      check(syncfs(fd), 'syncfs');
    },
    userName: remembered((uid: number) => nameOf(koffi, getpwuid(uid), passwd)),
    groupName: remembered((gid: number) => nameOf(koffi, getgrgid(gid), group)),
    userId: remembered((name: string) => numberOf(koffi, getpwnam(name), passwd, 'uid')),
    groupId: remembered((name: string) => numberOf(koffi, getgrnam(name), group, 'gid')),
  };
}

/** Leads to the open file itself, a symbolic link too. */
function ownPath(fd: number): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}`);
}

/** Not every C library has every call. */
function optional<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

function nameOf(koffi: Koffi, at: unknown, type: TypeObject): string {
  if (at === null) return '';
  const { name } = koffi.decode(at, type) as { name: string | null };
  return name ?? '';
}

function numberOf(
  koffi: Koffi,
  at: unknown,
  type: TypeObject,
  key: 'uid' | 'gid',
): number | undefined {
  if (at === null) return undefined;
  return (koffi.decode(at, type) as Record<'uid' | 'gid', number>)[key];
}
