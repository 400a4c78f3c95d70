import { futimesSync, readFileSync, utimesSync } from 'node:fs';
import { constants } from 'node:os';
import type { PosixCalls } from './calls.ts';
import { remembered } from './remembered.ts';
import { systemError } from './system-error.ts';

/** What can be had of the calls without native code. `missing` says why this is in use. */
export function plainCalls(missing: string): PosixCalls {
  const users = remembered((file: string) => namesOf(file));
  const numberOf = (file: string, name: string): number | undefined => {
    for (const [id, known] of users(file)) if (known === name) return id;
    return undefined;
  };
  return {
    supportsXattrs: false,
    missing,
    xattrs: () => [],
    fdXattrs: () => [],
    setFdXattr() {
      throw systemError(constants.errno.ENOTSUP, 'fsetxattr');
    },
    setNameXattr() {
      throw systemError(constants.errno.ENOTSUP, 'setxattr');
    },
    dataExtents: (_fd, size) => (size === 0 ? [] : [{ offset: 0, length: size }]),
    setFdTimes(fd, atimeNs, mtimeNs) {
      futimesSync(fd, seconds(atimeNs), seconds(mtimeNs));
    },
    setNameTimes(fd, atimeNs, mtimeNs) {
      utimesSync(`/proc/self/fd/${fd}`, seconds(atimeNs), seconds(mtimeNs));
    },
    isImmutable: () => false,
    makeFifo(path) {
      throw systemError(constants.errno.ENOSYS, 'mkfifo', path);
    },
    syncFileSystem: () => undefined,
    userName: (uid) => users('/etc/passwd').get(uid) ?? '',
    groupName: (gid) => users('/etc/group').get(gid) ?? '',
    userId: (name) => numberOf('/etc/passwd', name),
    groupId: (name) => numberOf('/etc/group', name),
  };
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}

/** Number to name, of /etc/passwd or /etc/group; directory services are not asked. */
function namesOf(file: string): Map<number, string> {
  const names = new Map<number, string>();
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return names;
  }
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name && id && /^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
