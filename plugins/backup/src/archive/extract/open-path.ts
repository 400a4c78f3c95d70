import { constants } from 'node:fs';

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
