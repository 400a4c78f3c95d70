import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromSystemError, OpsError, syncFolder, systemCode } from '@om-ops/kit';
import { type PosixCalls, posixCalls, type Xattr } from '../posix/posix.ts';
import { aclXattrs } from '../tar/format.ts';
import { giveMode } from './attributes.ts';
import { isNameOf, openFolderFlags, pathIn, pathOf } from './open-path.ts';
import { emptyFolder, removeTree } from './remove-tree.ts';
import {
  canBeReplaced,
  changedTarget,
  leadsTo,
  notEmpty,
  type OpenFolder,
  type Target,
} from './target.ts';
import { openTargetParent, type TargetParent } from './target-parent.ts';
import { leftoversIn, temporaryName } from './temporary-name.ts';

/** Where members are written until all of them are there. */
export interface Staging {
  /** Open. All that is done to it is done by this: its name may be in a folder of somebody else. */
  fd: number;
  /** Its path, for messages. */
  folder: string;
  /** The target belongs to somebody else, so it keeps the attributes it has, whatever the archive says. */
  keepsAttributes: boolean;
  /**
   * Has what was written reach the disk and gives it to the target. `hasRoot`: the folder has the
   * attributes it shall have. Returns what failed after the target had it.
   */
  commit(hasRoot: boolean): OpsError | undefined;
  /** Leaves the target as it was found, or after `commit` as that left it. */
  close(): void;
}

export interface StagingOptions {
  /** Of a new target about which the archive says nothing. */
  isPrivate: boolean;
  warn(message: string): void;
}

/**
 * A folder beside the target that takes its name at the end, in one step; where that cannot be done
 * (a mount point, a folder above that may not be written to) one in the target, whose content is
 * moved up at the end. So nothing half-written is ever there under a name of the archive. What
 * killed runs left beside the target is removed first.
 *
 * @throws OpsError E_PERMISSION, E_READ_ONLY, E_DISK_FULL, E_TARGET_CHANGED
 */
export function makeStaging(target: Target, options: StagingOptions): Staging {
  const { path, existing } = target;
  const posix = posixCalls();
  let parent: TargetParent;
  try {
    parent = openTargetParent(path);
  } catch (error) {
    throw fromSystemError(error, 'restore into', path);
  }
  try {
    tidy(parent.fd, dirname(path), options);
    if (existing) tidy(existing.fd, path, options);
    if (!existing || canBeReplaced(path, existing.stats))
      return stagingBeside(target, parent, posix, options);
  } catch (error) {
    const failure = whyNot(error, path, parent.fd, posix);
    parent.unmake();
    parent[Symbol.dispose]();
    throw failure;
  }
  parent[Symbol.dispose]();
  try {
    return stagingInside(path, existing, posix);
  } catch (error) {
    throw whyNot(error, path, existing.fd, posix);
  }
}

/**
 * Removes what killed restores left in a folder. Not where others may rename what is in it: there a
 * folder that is named so may be any other one of ours.
 */
function tidy(fd: number, path: string, { warn }: StagingOptions): void {
  const { uid, mode } = fstatSync(fd);
  const isOurs = uid === 0 || uid === process.geteuid?.();
  const isShared = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  for (const name of leftoversIn(fd)) {
    if (isOurs && !isShared) removeTree(pathIn(fd, name));
    else
      warn(
        `${join(path, name.toString())} seems to be left from a restore that was cut off. It was not removed, because others may rename what is in ${path}: look at it, and remove it.`,
      );
  }
}

function stagingBeside(
  target: Target,
  parent: TargetParent,
  posix: PosixCalls,
  options: StagingOptions,
): Staging {
  const { path, existing } = target;
  const made = makeFolderIn(parent.fd, path, posix);
  const { name, fd, acls } = made;
  const finalName = Buffer.from(basename(path));
  let isDone = false;
  return {
    fd,
    folder: join(dirname(path), name.toString()),
    keepsAttributes: false,
    commit(hasRoot) {
      try {
        if (!hasRoot && existing) giveAttributes(fd, attributesOf(existing.fd, posix), posix);
        else if (!hasRoot) giveUsualAttributes(fd, options.isPrivate ? undefined : acls, posix);
        posix.syncFileSystem(fd);
        if (!isNameOf(parent.fd, name, fd)) throw changedTarget(path, nothingRestored);
        renameSync(pathIn(parent.fd, name), pathIn(parent.fd, finalName));
        // Another folder may have been given the name just before.
        if (!isNameOf(parent.fd, finalName, fd)) throw changedTarget(path, notWhatIsThere);
      } catch (error) {
        const code = systemCode(error);
        if (code !== undefined && !isNameOf(parent.fd, name, fd))
          throw changedTarget(path, nothingRestored);
        throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR'
          ? notEmpty(path)
          : whyNot(error, path, parent.fd, posix);
      }
      isDone = true;
      if (!leadsTo(path, fd)) throw changedTarget(path, notWhatIsThere);
      return failureOf(path, () => syncFolder(pathOf(parent.fd)));
    },
    close() {
      try {
        if (isDone) return;
        discard(parent.fd, made);
        parent.unmake();
      } finally {
        closeSync(fd);
        parent[Symbol.dispose]();
      }
    },
  };
}

const nothingRestored = 'Nothing was restored.';
const notWhatIsThere = 'What lies there now is not what was restored.';

function stagingInside(
  path: string,
  { fd: targetFd, stats }: OpenFolder,
  posix: PosixCalls,
): Staging {
  let made = makeFolderIn(targetFd, path, posix);
  const { name: ownName, fd } = made;
  const userId = process.geteuid?.();
  const keepsAttributes = userId !== 0 && stats.uid !== userId;
  let isGone = false;
  let isDone = false;
  return {
    fd,
    folder: join(path, ownName.toString()),
    keepsAttributes,
    commit(hasRoot) {
      const written = hasRoot && !keepsAttributes ? attributesOf(fd, posix) : undefined;
      const moved: Buffer[] = [];
      try {
        // The source of the backup may have been closed even to its owner.
        fchmodSync(fd, 0o700);
        posix.syncFileSystem(fd);
        for (const name of readdirSync(pathOf(fd), { encoding: 'buffer' })) {
          if (lstatSync(pathIn(targetFd, name), { throwIfNoEntry: false })) throw notEmpty(path);
          renameSync(pathIn(fd, name), pathIn(targetFd, name));
          moved.push(name);
        }
        discard(targetFd, made);
        isGone = true;
        if (written) giveAttributes(targetFd, written, posix);
      } catch (error) {
        giveMode(targetFd, stats.mode & 0o7777);
        if (isGone) {
          made = makeFolderIn(targetFd, path, posix);
          closeSync(fd);
        }
        for (const name of moved) renameSync(pathIn(targetFd, name), pathIn(made.fd, name));
        throw whyNot(error, path, targetFd, posix);
      }
      isDone = true;
      if (!leadsTo(path, targetFd)) throw changedTarget(path, notWhatIsThere);
      return failureOf(path, () => {
        syncFolder(pathOf(targetFd));
        if (written) posix.setFdTimes(targetFd, written.atimeNs, written.mtimeNs);
      });
    },
    close() {
      try {
        if (!isDone) discard(targetFd, made);
      } finally {
        closeSync(made.fd);
      }
    },
  };
}

function failureOf(path: string, work: () => void): OpsError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return fromSystemError(error, 'restore into', path);
  }
}

interface MadeFolder {
  name: Buffer;
  fd: number;
  /** It got these from above. */
  acls: Xattr[];
}

/** Makes a folder for this restore alone. `path`: of the target. */
function makeFolderIn(above: number, path: string, posix: PosixCalls): MadeFolder {
  const name = Buffer.from(temporaryName());
  mkdirSync(pathIn(above, name), 0o700);
  let fd: number;
  try {
    fd = openSync(pathIn(above, name), openFolderFlags);
  } catch (error) {
    throw ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')
      ? changedTarget(path, nothingRestored)
      : error;
  }
  try {
    // Another folder may have been given the name: then it is ours from here on, or it is not used.
    if (process.geteuid?.() === 0 && fstatSync(fd).uid !== 0) fchownSync(fd, 0, 0);
    giveMode(fd, 0o700);
    if (readdirSync(pathOf(fd)).length > 0) throw changedTarget(path, nothingRestored);
    return { name, fd, acls: takeAcls(fd, posix) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Removes the folder and what is in it, as long as it has its name. */
function discard(above: number, { name, fd }: MadeFolder): void {
  emptyFolder(fd);
  if (isNameOf(above, name, fd)) rmdirSync(pathIn(above, name));
}

/** Takes from a new folder the ACLs it got from above, or all that is written into it would get them. */
function takeAcls(fd: number, posix: PosixCalls): Xattr[] {
  const names: readonly string[] = Object.values(aclXattrs);
  const acls = posix.fdXattrs(fd).filter(({ name }) => names.includes(name));
  for (const { name } of acls) posix.setFdXattr(fd, name, Buffer.from([2, 0, 0, 0]));
  if (acls.length > 0) fchmodSync(fd, 0o700);
  return acls;
}

/** What any new folder gets where this one was made; without `acls` one for its owner alone. */
function giveUsualAttributes(
  fd: number,
  acls: readonly Xattr[] | undefined,
  posix: PosixCalls,
): void {
  const usual = acls === undefined ? 0o700 : 0o777 & ~process.umask();
  giveMode(fd, usual | (fstatSync(fd).mode & 0o2000));
  for (const { name, value } of acls ?? []) posix.setFdXattr(fd, name, value);
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

function attributesOf(fd: number, posix: PosixCalls): FolderAttributes {
  const { uid, gid, mode, atimeNs, mtimeNs } = fstatSync(fd, { bigint: true });
  const xattrs = posix.fdXattrs(fd);
  return {
    ...{ uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777 },
    ...{ atimeNs, mtimeNs, xattrs },
  };
}

/** All but the times. */
function giveAttributes(fd: number, given: FolderAttributes, posix: PosixCalls): void {
  const { uid, gid, mode, xattrs } = given;
  const there = fstatSync(fd);
  if (there.uid !== uid || there.gid !== gid) fchownSync(fd, uid, gid);
  for (const { name, value } of xattrs)
    if (!name.startsWith('security.')) posix.setFdXattr(fd, name, value);
  giveMode(fd, mode);
}

/** Names what even root may not write to. `above`: the folder that was written to. */
function whyNot(
  error: unknown,
  path: string,
  above: number | undefined,
  posix: PosixCalls,
): OpsError {
  const isFixed =
    systemCode(error) === 'EPERM' &&
    above !== undefined &&
    posix.isImmutable(pathIn(above, Buffer.from('.')));
  if (!isFixed) return fromSystemError(error, 'restore into', path);
  return new OpsError(
    'E_PERMISSION',
    `Cannot restore into ${path}: the folder it goes into is immutable, for root too.`,
    {
      exit: 'requirement',
      suggestions: ['Take that off it with chattr -i (or -a), or restore to another folder.'],
      cause: error,
    },
  );
}
