import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';

const fdFolder = '/proc/self/fd/';

/**
 * A path that is looked up from an open folder and from nowhere else: whatever happens to the names
 * above it meanwhile, it stays in that folder.
 */
export function pathIn(fd: number, name: Buffer): Buffer {
  const prefix = `${fdFolder}${fd}/`;
  const path = Buffer.allocUnsafe(prefix.length + name.length);
  path.write(prefix, 'latin1');
  name.copy(path, prefix.length);
  return path;
}

/** A path of the open file itself, for the calls that have no form with a descriptor. */
export function pathOf(fd: number): string {
  return `${fdFolder}${fd}`;
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** Fails on a symbolic link instead of following it. */
export const openFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
/** Never opens what is there. */
export const newFileFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** Opens the name itself, whatever it is, without rights on it (O_PATH, which `fs` does not name). */
export const nameOnlyFlags = 0o10000000 | O_NOFOLLOW;
/** Of a folder on the way to another one, which need not be readable. */
export const passFolderFlags = nameOnlyFlags | O_DIRECTORY;

/**
 * Opens a folder whose absolute path has no links, from the top down: a link that takes the place of
 * one on the way meanwhile is not followed but fails with ENOTDIR. `flags`: for the last one.
 */
export function openWithoutLinks(path: string, flags = openFolderFlags): number {
  const parts = path.split('/').filter((part) => part !== '');
  let fd = openSync('/', parts.length === 0 ? flags : passFolderFlags);
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    fd = openBelow(fd, Buffer.from(part), isLast ? flags : passFolderFlags);
  }
  return fd;
}

/** Opens a name in an open folder, which is closed. */
export function openBelow(folder: number, name: Buffer, flags: number): number {
  try {
    return openSync(pathIn(folder, name), flags);
  } finally {
    closeSync(folder);
  }
}

/** Whether the name in an open folder stands for what is open. */
export function isNameOf(folder: number, name: Buffer, fd: number): boolean {
  const there = lstatSync(pathIn(folder, name), { throwIfNoEntry: false });
  return there !== undefined && isSame(there, fstatSync(fd));
}

/** Whether both are the same file. */
export function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}
