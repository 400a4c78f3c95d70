import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromSystemError, messageOf, systemCode } from '../errors.ts';
import { currentOwner, type Owner, type OwnerState, ownerState } from './owner.ts';

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8);
const hostDigest = (owner: Owner): string => digest(`${owner.host}\n${owner.pidSpace ?? ''}`);
const bootDigest = (owner: Owner): string => digest(owner.boot ?? '');

/** `.<name>.<pid>-<start>-<host><boot>-<random>.partial`: whoever finds it can tell whether its maker still runs. */
const pattern = /^\..+\.(\d+)-(\d+|x)-([0-9a-f]{8})([0-9a-f]{8})-[0-9a-f]{8}\.partial$/;

/** The longest name a file may have, in bytes, on every file system we know. */
const longestName = 255;

/** A name beside `path` that nobody else uses, for what becomes `path` once it is whole. */
export function temporaryPath(path: string, owner: Owner = currentOwner()): string {
  const random = randomBytes(4).toString('hex');
  const tail = `.${owner.pid}-${owner.start ?? 'x'}-${hostDigest(owner)}${bootDigest(owner)}-${random}.partial`;
  let name = basename(path);
  while (Buffer.byteLength(name) + tail.length + 1 > longestName) name = name.slice(0, -1);
  return join(dirname(path), `.${name}${tail}`);
}

/** True for names that `temporaryPath` makes: listings leave them out. */
export function isTemporaryName(name: string): boolean {
  return pattern.test(name);
}

export interface Leftovers {
  /** What is gone now. Bytes count the files of a folder. */
  removed: { path: string; bytes: number }[];
  /** What a dead process left and could not be removed, with the reason as a sentence. */
  failed: { path: string; reason: string }[];
}

/** Another host's unfinished file is taken for dead when nobody wrote to it for this long. */
const foreignPatienceMs = 7 * 24 * 3600 * 1000;

/**
 * Removes unfinished files and folders directly in `folder` whose process has ended: by pid, start
 * time and boot. Those of other hosts and containers go only after a week without a write. A folder
 * that does not exist has no leftovers.
 *
 * @param isMeant which of the unfinished ones, by their name; all unless told
 * @throws OpsError when the folder cannot be read
 */
export function removeLeftovers(
  folder: string,
  isMeant: (name: string) => boolean = () => true,
): Leftovers {
  const result: Leftovers = { removed: [], failed: [] };
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return result;
    throw fromSystemError(error, 'look for unfinished files in', folder);
  }
  const candidates = names.filter((name) => isTemporaryName(name) && isMeant(name));
  if (candidates.length === 0) return result;
  const here = currentOwner();
  for (const name of candidates) {
    const path = join(folder, name);
    try {
      const state = makerState(name, here);
      if (state === 'alive') continue;
      if (state === 'elsewhere' && Date.now() - newestWrite(path) < foreignPatienceMs) continue;
      const bytes = bytesBelow(path);
      rmSync(path, { recursive: true });
      result.removed.push({ path, bytes });
    } catch (error) {
      // Gone by itself: its maker, or another om-ops, was quicker.
      if (systemCode(error) !== 'ENOENT') result.failed.push({ path, reason: messageOf(error) });
    }
  }
  return result;
}

function makerState(name: string, here: Owner): OwnerState {
  const [, pid, start, host, boot] = pattern.exec(name) as unknown as string[];
  if (host !== hostDigest(here)) return 'elsewhere';
  if (boot !== bootDigest(here)) return 'dead';
  return ownerState(
    { ...here, pid: Number(pid), start: start === 'x' ? null : (start ?? null) },
    here,
  );
}

function newestWrite(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const below = readdirSync(path).map((name) => newestWrite(join(path, name)));
  return Math.max(stat.mtimeMs, ...below);
}

function bytesBelow(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}
