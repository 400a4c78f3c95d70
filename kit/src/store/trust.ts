import { lstatSync, readdirSync, type Stats, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, OpsError, systemCode } from '../errors.ts';

/** Whose files are believed: root's, our own, and those of the user who called sudo. */
export function trustedUsers(env: NodeJS.ProcessEnv = process.env): Set<number> {
  const users = new Set([0]);
  const me = process.geteuid?.();
  if (me !== undefined) users.add(me);
  // Only root is told by sudo; anybody can set the variable for himself.
  if (me === 0 && /^\d+$/.test(env.SUDO_UID ?? '')) users.add(Number(env.SUDO_UID));
  return users;
}

const othersMayWrite = 0o002;
const groupMayWrite = 0o020;

/** CIFS, SMB, FAT, exFAT, NTFS, FUSE, 9p and shared folders of virtual machines: what they say of owner and mode is what the mount says. */
const withoutPermissions = new Set([
  0xff534d42, 0xfe534d42, 0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e, 0x65735546, 0x01021997,
  0x786f4256, 0x517b,
]);

/** Whether owner and mode of what lies there are made up by the mount. */
export function hasMadeUpPermissions(path: string): boolean {
  try {
    return withoutPermissions.has(statfsSync(path).type >>> 0);
  } catch {
    return false;
  }
}

/**
 * Why others could put something of theirs into what we read or write here, as the end of a sentence:
 * `belongs to the user 1001`. Undefined when they cannot. A group may write: it was given the right.
 */
export function distrust(
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  users: ReadonlySet<number>,
): string | undefined {
  if (!users.has(uid)) return `belongs to the user ${uid}`;
  return (mode & othersMayWrite) === 0 ? undefined : 'may be written to by everybody';
}

/**
 * Makes sure that nobody but root, ourselves and those we gave the right can have put anything into
 * STATE: in another's folder a link in the place of a log leads our writing elsewhere, and whoever owns
 * a folder of backups can delete them. Does nothing for a STATE that is not there.
 *
 * @returns what the user should know, as sentences
 * @throws OpsError E_UNSAFE_STATE (exit `requirement`), E_PERMISSION
 */
export function checkState(state: string, users = trustedUsers()): string[] {
  let stat: Stats | undefined;
  try {
    stat = statSync(state, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return [];
    throw fromSystemError(error, 'look at', state);
  }
  if (stat === undefined || !stat.isDirectory()) return [];
  if (hasMadeUpPermissions(state)) {
    return distrust(stat, users) === undefined
      ? []
      : [
          `${state} is on a file system without owners and permissions: whoever may write to the mount may change backups and logs.`,
        ];
  }
  const why = distrust(stat, users);
  if (why !== undefined) throw unsafe(state, why, stat.mode);
  // Members of the group that shares STATE make folders of their own in it.
  const isShared = (stat.mode & groupMayWrite) !== 0;
  for (const name of namesIn(state)) {
    const path = join(state, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) continue;
    if (isShared && !users.has(found.uid) && found.gid !== stat.gid) {
      throw unsafe(path, distrust(found, users)!, found.mode);
    }
    const mode = found.isSymbolicLink() ? 0 : found.mode;
    const reason = distrust({ uid: isShared ? stat.uid : found.uid, mode }, users);
    if (reason !== undefined) throw unsafe(path, reason, found.mode);
  }
  return [];
}

/** None of a folder that we may write to and not list. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'EACCES') return [];
    throw fromSystemError(error, 'list', folder);
  }
}

function unsafe(path: string, why: string, mode: number): OpsError {
  const isOpen = (mode & othersMayWrite) !== 0;
  return new OpsError(
    'E_UNSAFE_STATE',
    `${path} ${why}, so what is in it cannot be trusted and nothing is written there.`,
    {
      exit: 'requirement',
      suggestions: [
        `See what is in it, and whose it is: ls -la ${path}`,
        isOpen
          ? `If all of it is yours, keep others out: chmod o-w ${path}`
          : `If all of it is yours, make it your own: chown ${process.geteuid?.() ?? 'root'} ${path}`,
        'Or set `state` in the site profile, or OM_OPS_STATE, to a folder of yours.',
      ],
    },
  );
}
