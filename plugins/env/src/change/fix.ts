import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from 'node:fs';
import { type Change, fromSystemError, type ServiceUser } from '@om-ops/kit';
import { copiesOf } from '../findings/place.ts';
import type { EnvFile } from '../read/env-file.ts';

interface Holding {
  uid: number;
  gid: number;
  mode: number;
}

export interface Repair {
  path: string;
  before: Holding;
  after: Holding;
}

export interface FixPlan {
  repairs: Repair[];
  /** Files that are left alone, and why. */
  refused: { path: string; why: string }[];
  done: Repair[];
}

export interface FixOptions {
  allowed: number;
  /** As whom the application reads them; undefined: not known. */
  user: (ServiceUser & { groups: readonly number[] }) | undefined;
  mayGive: boolean;
}

/** Takes away what others may, and nothing that the application needs to read it. */
export function planFix(files: readonly EnvFile[], options: FixOptions): FixPlan {
  const plan: FixPlan = { repairs: [], refused: [], done: [] };
  for (const { path, stat, isLink } of files) {
    if (stat === null) continue;
    if (isLink) {
      if ((stat.mode & 0o777 & ~options.allowed) !== 0)
        plan.refused.push({ path, why: 'it is a link; put right what it leads to' });
      continue;
    }
    const before = { uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777 };
    addRepair(plan, path, before, options);
    for (const copy of copiesOf(path)) {
      const fd = openSync(copy, constants.O_RDONLY | constants.O_NOFOLLOW);
      const own = fstatSync(fd);
      closeSync(fd);
      const held = { uid: own.uid, gid: own.gid, mode: own.mode & 0o7777 };
      const mode = held.mode & options.allowed & 0o700;
      if (mode !== held.mode && (held.mode & 0o077) !== 0)
        plan.repairs.push({ path: copy, before: held, after: { ...held, mode } });
    }
  }
  return plan;
}

function addRepair(
  plan: FixPlan,
  path: string,
  before: Holding,
  { allowed, user, mayGive }: FixOptions,
): void {
  const strict = before.mode & allowed;
  if (strict === before.mode) return;
  if (user === undefined) {
    // Who reads it by its group, or as anybody, is not known: taking that away may stop the application.
    plan.refused.push({
      path,
      why: 'as whom the application reads it is not known; say what runs it with backend.service in the profile',
    });
    return;
  }
  if (mayRead(user, { ...before, mode: strict })) {
    plan.repairs.push({ path, before, after: { ...before, mode: strict } });
    return;
  }
  const withGroup = before.mode & (allowed | 0o040);
  if (mayRead(user, { ...before, mode: withGroup })) {
    if (withGroup !== before.mode)
      plan.repairs.push({ path, before, after: { ...before, mode: withGroup } });
    else plan.refused.push({ path, why: `${user.name} reads it by its group` });
    return;
  }
  if (mayGive) {
    plan.repairs.push({
      path,
      before,
      after: { uid: user.uid, gid: user.gid, mode: strict | 0o400 },
    });
    return;
  }
  plan.refused.push({
    path,
    why: `${user.name} could not read it any more; only root may give it to ${user.name}`,
  });
}

function mayRead(
  { uid, gid, groups }: { uid: number; gid: number; groups: readonly number[] },
  file: Holding,
): boolean {
  if (uid === 0) return true;
  if (uid === file.uid) return (file.mode & 0o400) !== 0;
  if (gid === file.gid || groups.includes(file.gid)) return (file.mode & 0o040) !== 0;
  return (file.mode & 0o004) !== 0;
}

const octal = ({ mode }: Holding) => mode.toString(8).padStart(4, '0');

export function fixChanges({ repairs }: FixPlan): Change[] {
  return repairs.map(({ path, before, after }) => ({
    kind: 'permissions',
    what: path,
    detail: `${before.uid}:${before.gid} ${octal(before)} → ${after.uid}:${after.gid} ${octal(after)}`,
  }));
}

export function fixHolds({ repairs }: FixPlan): boolean {
  return repairs.every(({ path, before }) => {
    const now = holding(path);
    return now.uid === before.uid && now.gid === before.gid && now.mode === before.mode;
  });
}

function holding(path: string): Holding {
  return withFile(path, (fd) => {
    const { uid, gid, mode } = fstatSync(fd);
    return { uid, gid, mode: mode & 0o7777 };
  });
}

export function applyRepair(plan: FixPlan, repair: Repair): void {
  setTo(repair.path, repair.after, () => plan.done.push(repair));
}

export function undoFix({ done }: FixPlan): void {
  for (let repair = done.pop(); repair !== undefined; repair = done.pop())
    setTo(repair.path, repair.before, () => {});
}

function setTo(path: string, wanted: Holding, begun: () => void): void {
  withFile(path, (fd) => {
    const { uid, gid } = fstatSync(fd);
    begun();
    if (uid !== wanted.uid || gid !== wanted.gid) fchownSync(fd, wanted.uid, wanted.gid);
    fchmodSync(fd, wanted.mode);
  });
}

/** By its descriptor: what somebody puts in its place meanwhile is not touched. */
function withFile<T>(path: string, use: (fd: number) => T): T {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fromSystemError(error, 'set the permissions of', path);
  }
}
