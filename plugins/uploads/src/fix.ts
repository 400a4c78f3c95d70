import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmdirSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Change, OpsError, shellWord, systemCode } from '@om-ops/kit';
import type { Account } from './account.ts';
import { octal } from './check.ts';

/** One folder that is made, or whose owner or mode is put right. */
export interface Repair {
  path: string;
  kind: 'make' | 'mend';
  /** What it is now; undefined for one that is made. */
  before?: { uid: number; gid: number; mode: number; ownerName: string };
  after: { uid: number; gid: number; mode: number; ownerName: string };
}

export interface RepairPlan {
  repairs: Repair[];
  /** Folders that are left alone, and why. */
  refused: { path: string; why: string }[];
  /** What was really done, in its order. */
  done: Repair[];
}

export interface RepairOptions {
  /** Absolute paths of the profile. */
  folders: readonly string[];
  /** Links above and at it are the operator's own layout; below it none is followed. */
  root: string;
  owner: Account;
  mode: number;
  /** Whether an existing folder may keep an owner of its own: the service user can write there all the same. */
  keepsOwner(path: string): boolean;
  /** Whether a folder behind a link is as it should be. */
  isRight(path: string): boolean;
  /** The folder above it that the service user may not pass through; undefined when there is none, or nobody could try. */
  blockedAt(path: string): string | undefined;
  /** The name of an owner, for people. */
  nameOf(uid: number): Promise<string>;
}

/** Looks only. A folder that is right is not in the plan. */
export async function planRepairs(options: RepairOptions): Promise<RepairPlan> {
  const plan: RepairPlan = { repairs: [], refused: [], done: [] };
  const planned = new Set<string>();
  const { uid, gid, name } = options.owner;
  for (const folder of options.folders) {
    const way = wayTo(folder, options.root);
    const link = way.find((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink());
    if (link !== undefined) {
      if (!options.isRight(folder))
        plan.refused.push({ path: folder, why: `${link} is a link, and none is followed here` });
      continue;
    }
    const other = way.find((path) => {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat !== undefined && !stat.isDirectory();
    });
    if (other !== undefined) {
      plan.refused.push({ path: folder, why: `${other} is no folder` });
      continue;
    }
    const blocked = options.blockedAt(folder);
    if (blocked !== undefined) {
      plan.refused.push({
        path: folder,
        why: `${name} may not pass through ${blocked}; allow it: chmod o+x ${shellWord(blocked)}`,
      });
      continue;
    }
    for (const path of way) {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined || planned.has(path)) continue;
      planned.add(path);
      const after = { uid, gid, mode: options.mode, ownerName: name };
      plan.repairs.push({ path, kind: 'make', after });
    }
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined || planned.has(folder)) continue;
    const mode = stat.mode & 0o7777;
    // Missing permissions are added; that everybody may write is taken away. The rest is the operator's.
    const right = (mode | options.mode) & ~0o002;
    const moves = stat.uid !== uid && !options.keepsOwner(folder);
    if (right === mode && !moves) continue;
    planned.add(folder);
    const before = {
      uid: stat.uid,
      gid: stat.gid,
      mode,
      ownerName: await options.nameOf(stat.uid),
    };
    plan.repairs.push({
      path: folder,
      kind: 'mend',
      before,
      after: moves ? { uid, gid, mode: right, ownerName: name } : { ...before, mode: right },
    });
  }
  return plan;
}

/** From the first folder below what the site's root shares with it, down to itself. */
function wayTo(folder: string, root: string): string[] {
  const shared: string[] = [];
  for (let at = root; ; at = dirname(at)) {
    shared.push(at);
    if (at === dirname(at)) break;
  }
  const way: string[] = [];
  for (let at = folder; !shared.includes(at); at = dirname(at)) way.unshift(at);
  return way;
}

export function repairChanges({ repairs }: RepairPlan): Change[] {
  return repairs.map(({ path, kind, before, after }) => {
    const now = `${after.ownerName} ${octal(after.mode)}`;
    return kind === 'make'
      ? { kind: 'create', what: path, detail: now }
      : {
          kind: 'permissions',
          what: path,
          detail: `${before?.ownerName} ${octal(before?.mode ?? 0)} → ${now}`,
        };
  });
}

/** Whether every folder is still as it was when it was planned. */
export function repairsHold({ repairs }: RepairPlan): boolean {
  return repairs.every(({ path, before }) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (before === undefined) return stat === undefined;
    return (
      stat?.isDirectory() === true &&
      stat.uid === before.uid &&
      stat.gid === before.gid &&
      (stat.mode & 0o7777) === before.mode
    );
  });
}

/** Every folder by its descriptor: what somebody puts in its place meanwhile is not touched. @throws OpsError */
export function applyRepair(plan: RepairPlan, repair: Repair): void {
  withFolder(dirname(repair.path), (parent) => {
    const name = `/proc/self/fd/${parent}/${basename(repair.path)}`;
    if (repair.kind === 'make') {
      attempt('make', repair.path, () => mkdirSync(name, { mode: 0o700 }));
      plan.done.push(repair);
    }
    const fd = attempt('open', repair.path, () => openSync(name, folderFlags));
    try {
      if (repair.kind === 'mend') plan.done.push(repair);
      setTo(fd, repair.after, repair.path);
    } finally {
      closeSync(fd);
    }
  });
}

/** Takes back what was done, the last first. A folder that has been filled meanwhile stays, and is an error. */
export function undoRepairs({ done }: RepairPlan): void {
  const failures: unknown[] = [];
  while (done.length > 0) {
    const repair = done.pop() as Repair;
    try {
      withFolder(dirname(repair.path), (parent) => {
        const name = `/proc/self/fd/${parent}/${basename(repair.path)}`;
        if (repair.before === undefined) {
          attempt('remove', repair.path, () => rmdirSync(name));
          return;
        }
        const fd = attempt('open', repair.path, () => openSync(name, folderFlags));
        try {
          setTo(fd, repair.before, repair.path);
        } finally {
          closeSync(fd);
        }
      });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Opened once by its real path: links above root are resolved, none is followed after that. */
function withFolder(path: string, use: (fd: number) => void): void {
  const fd = attempt('open', path, () => openSync(realpathSync(path), folderFlags));
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

function setTo(fd: number, wanted: { uid: number; gid: number; mode: number }, path: string): void {
  const { uid, gid } = fstatSync(fd);
  // Changing the owner takes away set-id bits, so the mode comes last.
  if (uid !== wanted.uid || gid !== wanted.gid)
    attempt('give', path, () => fchownSync(fd, wanted.uid, wanted.gid));
  attempt('set the mode of', path, () => fchmodSync(fd, wanted.mode));
}

function attempt<T>(doing: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = systemCode(error) ?? 'E_UNKNOWN';
    const sudo = code === 'EPERM' || code === 'EACCES';
    const what = sudo
      ? 'permission denied'
      : code === 'EROFS'
        ? 'the file system is read-only'
        : code === 'ENOSPC' || code === 'EDQUOT'
          ? 'no space left on the disk'
          : code === 'ELOOP' || code === 'ENOTDIR'
            ? 'a link stands there now'
            : code === 'ENOTEMPTY'
              ? 'there is something in it'
              : code;
    throw new OpsError(
      sudo ? 'E_PERMISSION' : code === 'ENOSPC' ? 'E_DISK_FULL' : 'E_IO',
      `Cannot ${doing} ${path}: ${what}.`,
      {
        ...(sudo ? { exit: 'requirement', suggestions: ['Run the command with sudo.'] } : {}),
        cause: error,
      },
    );
  }
}
