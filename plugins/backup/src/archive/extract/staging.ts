import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fromSystemError, syncFolder, systemCode } from '@om-ops/kit';
import { type PosixCalls, posixCalls, type Xattr } from '../posix/posix.ts';
import { aclXattrs } from '../tar/format.ts';
import { removeTree } from './remove-tree.ts';
import { canBeReplaced, notEmpty, type Target } from './target.ts';
import { leftoversIn, temporaryName } from './temporary-name.ts';

/** Where members are written until all of them are there. */
export interface Staging {
  folder: string;
  /** The target belongs to somebody else, so it keeps the attributes it has, whatever the archive says. */
  keepsAttributes: boolean;
  /** Gives the target what was written. `hasRoot`: the folder has the attributes it shall have. */
  commit(hasRoot: boolean): void;
  /** Leaves the target as it was found. Does nothing after `commit`. */
  discard(): void;
}

/**
 * A folder beside the target that takes its name at the end, in one step; where that cannot be done
 * (a mount point, a folder above that may not be written to) one in the target, whose content is
 * moved up at the end. So nothing half-written is ever there under a name of the archive. What
 * killed runs left beside the target is removed first.
 *
 * @throws OpsError E_PERMISSION, E_READ_ONLY, E_DISK_FULL
 */
export function makeStaging(target: Target): Staging {
  const { path } = target;
  try {
    const madeAbove = mkdirSync(dirname(path), { recursive: true });
    for (const left of leftoversIn(dirname(path))) removeTree(left);
    if (target.existing) for (const left of leftoversIn(path)) removeTree(left);
    const posix = posixCalls();
    if (target.existing && !canBeReplaced(path, target.existing))
      return stagingInside(path, target.existing, posix);
    return stagingBeside(target, madeAbove, posix);
  } catch (error) {
    throw fromSystemError(error, 'restore into', path);
  }
}

function stagingBeside(target: Target, madeAbove: string | undefined, posix: PosixCalls): Staging {
  const { path, existing } = target;
  const folder = join(dirname(path), temporaryName());
  mkdirSync(folder, 0o700);
  const acls = takeAcls(folder, posix);
  let isDone = false;
  return {
    folder,
    keepsAttributes: false,
    commit(hasRoot) {
      try {
        if (!hasRoot && existing) giveAttributes(folder, attributesOf(path, posix), posix);
        else if (!hasRoot) giveUsualAttributes(folder, acls, posix);
        renameSync(folder, path);
      } catch (error) {
        const code = systemCode(error);
        throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR'
          ? notEmpty(path)
          : fromSystemError(error, 'restore into', path);
      }
      isDone = true;
      syncFolder(dirname(path));
    },
    discard() {
      if (isDone) return;
      removeTree(folder);
      if (madeAbove) removeEmpty(dirname(path), madeAbove);
    },
  };
}

function stagingInside(path: string, existing: Stats, posix: PosixCalls): Staging {
  const folder = join(path, temporaryName());
  mkdirSync(folder, 0o700);
  takeAcls(folder, posix);
  const userId = process.geteuid?.();
  const keepsAttributes = userId !== 0 && existing.uid !== userId;
  let isDone = false;
  return {
    folder,
    keepsAttributes,
    commit(hasRoot) {
      const written = hasRoot && !keepsAttributes ? attributesOf(folder, posix) : undefined;
      // The source of the backup may have been closed even to its owner.
      chmodSync(folder, 0o700);
      const moved: Buffer[] = [];
      try {
        for (const name of readdirSync(folder, { encoding: 'buffer' })) {
          if (lstatSync(below(path, name), { throwIfNoEntry: false })) throw notEmpty(path);
          renameSync(below(folder, name), below(path, name));
          moved.push(name);
        }
        rmdirSync(folder);
        if (written) giveAttributes(path, written, posix);
      } catch (error) {
        chmodSync(path, existing.mode & 0o7777);
        mkdirSync(folder, { recursive: true });
        for (const name of moved) renameSync(below(path, name), below(folder, name));
        throw fromSystemError(error, 'restore into', path);
      }
      isDone = true;
      syncFolder(path);
      if (written) posix.setTimes(Buffer.from(path), written.atimeNs, written.mtimeNs);
    },
    discard() {
      if (!isDone) removeTree(folder);
    },
  };
}

function below(folder: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), name]);
}

/** Takes from a new folder the ACLs it got from above, or all that is written into it would get them. */
function takeAcls(folder: string, posix: PosixCalls): Xattr[] {
  const path = Buffer.from(folder);
  const names: readonly string[] = Object.values(aclXattrs);
  const acls = posix.xattrs(path).filter(({ name }) => names.includes(name));
  for (const { name } of acls) posix.setXattr(path, name, Buffer.from([2, 0, 0, 0]));
  if (acls.length > 0) chmodSync(folder, 0o700);
  return acls;
}

/** What any new folder gets where this one was made. */
function giveUsualAttributes(folder: string, acls: readonly Xattr[], posix: PosixCalls): void {
  chmodSync(folder, (0o777 & ~process.umask()) | (statSync(folder).mode & 0o2000));
  for (const { name, value } of acls) posix.setXattr(Buffer.from(folder), name, value);
}

interface FolderAttributes {
  uid: number;
  gid: number;
  mode: number;
  atimeNs: bigint;
  mtimeNs: bigint;
  /** The ACLs among them. */
  xattrs: Xattr[];
}

function attributesOf(folder: string, posix: PosixCalls): FolderAttributes {
  const { uid, gid, mode, atimeNs, mtimeNs } = statSync(folder, { bigint: true });
  const xattrs = posix.xattrs(Buffer.from(folder));
  return {
    ...{ uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777 },
    ...{ atimeNs, mtimeNs, xattrs },
  };
}

/** All but the times. */
function giveAttributes(folder: string, given: FolderAttributes, posix: PosixCalls): void {
  const { uid, gid, mode, xattrs } = given;
  const there = statSync(folder);
  if (there.uid !== uid || there.gid !== gid) chownSync(folder, uid, gid);
  for (const { name, value } of xattrs)
    if (!name.startsWith('security.')) posix.setXattr(Buffer.from(folder), name, value);
  chmodSync(folder, mode);
}

/** Removes folders that were made on the way to the target, as long as they are empty. */
function removeEmpty(path: string, first: string): void {
  for (let folder = path; folder.startsWith(first); folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'ENOENT') return;
      throw error;
    }
  }
}
