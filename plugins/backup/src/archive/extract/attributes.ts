import { type BigIntStats, chmodSync, chownSync, fchmodSync, fchownSync, fstatSync } from 'node:fs';
import { systemCode } from '@om-ops/kit/errors';
import type { PosixCalls, Xattr } from '../posix/calls.ts';
import { aclValue } from '../tar/acl.ts';
import { aclXattrs } from '../tar/format.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { pathOf } from './open-path.ts';

/** What could not be given to how many members, and to which one first. */
export type LostAttributes = Partial<Record<LostKind, { count: number; first: Buffer }>>;
export type LostKind = 'owner' | 'mode' | 'times' | 'xattr' | 'acl' | 'setuid' | 'fifo';

export interface AttributeOptions {
  posix: PosixCalls;
  userId: number;
  groupId: number;
  /** Groups a user who is not root may give his files to. */
  groups: readonly number[];
  umask: number;
  /** Whether the kernel has SELinux: else a label is a mere attribute that nobody reads. */
  hasSelinux: boolean;
}

/** What new files get from the folder they are made in. */
export interface MadeIn {
  /** Their group; -1 when it is not sure. */
  gid: number;
  /** They get an ACL that is not their own. */
  hasDefaultAcl: boolean;
}

export interface Owner {
  uid: number;
  gid: number;
}

const emptyAcl = Buffer.from([2, 0, 0, 0]);
const setId = 0o6000;

/**
 * Gives files, folders and links the owner, attributes, mode and times of their members, in the order
 * in which none undoes another: chown clears setuid and capabilities, chmod changes the ACL's mask,
 * all of them change the times but the last.
 */
export class Attributes {
  readonly lost: LostAttributes = {};
  readonly #options: AttributeOptions;
  readonly #nowNs = BigInt(Date.now()) * 1_000_000n;

  constructor(options: AttributeOptions) {
    this.#options = options;
  }

  /** The mode to make a file with, before anything else is known of it. */
  firstMode(entry: ReadEntry): number {
    // With an ACL the group bits are its mask: they would let the group in.
    return entry.acl ? 0o600 : entry.mode & 0o777;
  }

  /** For a file just made with `firstMode`. */
  giveToFile(fd: number, entry: ReadEntry, madeIn: MadeIn): void {
    const mode = this.#giveOwner(entry, this.#maker(madeIn), (uid, gid) =>
      fchownSync(fd, uid, gid),
    );
    this.#giveXattrs(fd, entry);
    const made = this.firstMode(entry) & ~this.#options.umask;
    if (mode !== made || madeIn.hasDefaultAcl) {
      if (madeIn.hasDefaultAcl) this.#clearAcl(fd, [aclXattrs.access]);
      this.#giveMode(entry, () => fchmodSync(fd, mode));
    }
    this.#giveAcl(fd, entry);
    this.#giveTimes(fd, entry);
  }

  /** Whether a file has the owner and the mode of its member. */
  isOwnAndMode(stat: BigIntStats, entry: ReadEntry): boolean {
    const { uid, gid } = this.#wantedOwner(entry);
    return (
      Number(stat.uid) === uid &&
      Number(stat.gid) === gid &&
      (Number(stat.mode) & 0o7777) === (entry.mode & 0o7777)
    );
  }

  /** Whether an open file has the extended attributes of its member; false where that is not sure, as with an ACL. */
  hasXattrs(fd: number, entry: ReadEntry): boolean {
    const { posix } = this.#options;
    if (!posix.supportsXattrs || entry.acl !== undefined) return false;
    const there = posix.fdXattrs(fd);
    const wanted = this.#settable(entry);
    return (
      there.length === wanted.length &&
      wanted.every(({ name, value }) =>
        there.some((one) => one.name === name && one.value.equals(value)),
      )
    );
  }

  giveToFolder(fd: number, entry: ReadEntry, current: Owner): void {
    const { userId } = this.#options;
    if (userId !== 0 && current.uid !== userId) {
      this.lose('owner', entry);
      return;
    }
    const mode = this.#giveOwner(entry, current, (uid, gid) => fchownSync(fd, uid, gid));
    this.#giveXattrs(fd, entry);
    this.#giveMode(entry, () => fchmodSync(fd, mode));
    this.#giveAcl(fd, entry);
    this.#giveTimes(fd, entry);
  }

  clearFolderAcl(fd: number): void {
    this.#clearAcl(fd, [aclXattrs.access, aclXattrs.default]);
  }

  /** For a FIFO that is open as a name only. */
  giveToFifo(fd: number, entry: ReadEntry, madeIn: MadeIn): void {
    const { posix } = this.#options;
    const own = pathOf(fd);
    const mode = this.#giveOwner(entry, this.#maker(madeIn), (uid, gid) =>
      chownSync(own, uid, gid),
    );
    if (madeIn.hasDefaultAcl) this.#clear(() => posix.setNameXattr(fd, aclXattrs.access, emptyAcl));
    this.#giveMode(entry, () => chmodSync(own, mode));
    this.#giveNameTimes(fd, entry);
  }

  /** For a symbolic link that is open as a name only. */
  giveToName(fd: number, entry: ReadEntry, madeIn: MadeIn): void {
    const { posix } = this.#options;
    this.#giveOwner(entry, this.#maker(madeIn), (uid, gid) => chownSync(pathOf(fd), uid, gid));
    for (const { name, value } of this.#settable(entry))
      this.#try('xattr', entry, () => posix.setNameXattr(fd, name, value));
    this.#giveNameTimes(fd, entry);
  }

  #giveTimes(fd: number, entry: ReadEntry): void {
    const { mtimeNs, atimeNs = this.#nowNs } = entry;
    this.#try('times', entry, () => this.#options.posix.setFdTimes(fd, atimeNs, mtimeNs));
  }

  #giveNameTimes(fd: number, entry: ReadEntry): void {
    const { mtimeNs, atimeNs = this.#nowNs } = entry;
    this.#try('times', entry, () => this.#options.posix.setNameTimes(fd, atimeNs, mtimeNs));
  }

  /** Some file systems have one mode for all files, which nobody but root may "change". */
  #giveMode(entry: ReadEntry, change: () => void): void {
    this.#try('mode', entry, change);
  }

  /** Changes the owner where it differs; returns the mode that goes with what was possible. */
  #giveOwner(entry: ReadEntry, current: Owner, change: (uid: number, gid: number) => void): number {
    const { userId, groupId, groups } = this.#options;
    const isRoot = userId === 0;
    const { uid: wantedUid, gid: wantedGid } = this.#wantedOwner(entry);
    const mayUseGroup = isRoot || wantedGid === groupId || groups.includes(wantedGid);
    const uid = isRoot ? wantedUid : current.uid;
    const gid = mayUseGroup ? wantedGid : current.gid;
    let owned = uid === current.uid && gid === current.gid;
    if (!owned) owned = this.#try('owner', entry, () => change(uid, gid));
    if (owned && (uid !== wantedUid || gid !== wantedGid)) this.lose('owner', entry);
    const { mode } = entry;
    if ((mode & setId) === 0 || entry.type === 'directory') return mode;
    // A program that runs as its owner must not start to run as somebody else.
    const keepsUser = owned && uid === wantedUid ? mode : mode & ~0o4000;
    const kept = owned && gid === wantedGid ? keepsUser : keepsUser & ~0o2000;
    if (kept !== mode) this.lose('setuid', entry);
    return kept;
  }

  #wantedOwner({ userName, groupName, uid, gid }: ReadEntry): Owner {
    const { posix } = this.#options;
    return {
      uid: (userName === '' ? undefined : posix.userId(userName)) ?? uid,
      gid: (groupName === '' ? undefined : posix.groupId(groupName)) ?? gid,
    };
  }

  #maker({ gid }: MadeIn): Owner {
    return { uid: this.#options.userId, gid };
  }

  #giveXattrs(fd: number, entry: ReadEntry): void {
    if (entry.xattrs === undefined) return;
    for (const { name, value } of this.#settable(entry))
      this.#try('xattr', entry, () => this.#options.posix.setFdXattr(fd, name, value));
  }

  #settable(entry: ReadEntry): Xattr[] {
    const { hasSelinux } = this.#options;
    return (entry.xattrs ?? []).filter(
      ({ name }) =>
        name !== '' && !name.includes('\0') && (hasSelinux || name !== 'security.selinux'),
    );
  }

  #giveAcl(fd: number, entry: ReadEntry): void {
    if (entry.acl === undefined) return;
    const { posix } = this.#options;
    for (const kind of ['access', 'default'] as const) {
      const text = entry.acl[kind];
      if (!text || (kind === 'default' && entry.type !== 'directory')) continue;
      const value = aclValue(text, posix);
      if (value === undefined) this.lose('acl', entry);
      else this.#try('acl', entry, () => posix.setFdXattr(fd, aclXattrs[kind], value));
    }
  }

  #clearAcl(fd: number, names: readonly string[]): void {
    for (const name of names) this.#clear(() => this.#options.posix.setFdXattr(fd, name, emptyAcl));
  }

  #clear(clear: () => void): void {
    try {
      clear();
    } catch (error) {
      if (!harmless.has(systemCode(error) ?? '')) throw error;
    }
  }

  #try(kind: LostKind, entry: ReadEntry, give: () => void): boolean {
    try {
      give();
      return true;
    } catch (error) {
      if (!harmless.has(systemCode(error) ?? '')) throw error;
      this.lose(kind, entry);
      return false;
    }
  }

  /** Counts what a member could not be given. */
  lose(kind: LostKind, entry: ReadEntry): void {
    const lost = this.lost[kind];
    if (lost) lost.count++;
    else this.lost[kind] = { count: 1, first: entry.path };
  }
}

/** On some file systems all files have one mode, and only root may "change" it. */
export function giveMode(fd: number, mode: number): void {
  if ((fstatSync(fd).mode & 0o7777) === mode) return;
  try {
    fchmodSync(fd, mode);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error) ?? '')) throw error;
  }
}

/**
 * What a file system or the kernel answers when it cannot or will not keep an attribute, which is no
 * reason to lose the file. ENOSPC stands here for the little room an inode has for attributes: on a
 * full disk the next write fails.
 */
const harmless = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EPERM',
  'EACCES',
  'EINVAL',
  'ERANGE',
  'E2BIG',
  'ENOSPC',
  'ENODATA',
]);
