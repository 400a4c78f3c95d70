import { linkSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isoWithOffset, writeFileAtomic } from '@om-ops/kit';
import { countFolder } from '../parts/census.ts';

/** Names that a build gives by content: a page that is open somewhere asks for them by these names. */
const hashed = /[-._](?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{8,}\.[a-z0-9]{2,5}(?:\.(?:map|gz|br))?$/;
const keptMs = 7 * 24 * 3600 * 1000;

/** When each was replaced, by its path below dist. */
export type OldAssets = Record<string, string>;

export function oldAssetsFile(state: string): string {
  return join(state, 'build/old-assets.json');
}

export function readOldAssets(state: string): OldAssets {
  try {
    return JSON.parse(readFileSync(oldAssetsFile(state), 'utf8')) as OldAssets;
  } catch {
    // None were kept yet; without the record they count as replaced now.
    return {};
  }
}

export function writeOldAssets(state: string, assets: OldAssets): Promise<unknown> {
  return writeFileAtomic(oldAssetsFile(state), `${JSON.stringify(assets, null, 2)}\n`);
}

/**
 * Takes over into a new dist what open pages may still ask for: the chunks, styles and pictures of the
 * one before whose names hold a hash, for a week.
 *
 * @param before the dist that was there, on the same file system
 * @returns what is in the new dist and belongs to an older one
 */
export async function carryOldAssets(
  before: string,
  dist: string,
  known: OldAssets,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<OldAssets> {
  const carried: OldAssets = {};
  const { files } = await countFolder(before, { signal });
  for (const { path } of files) {
    const name = relative(before, path);
    if (!hashed.test(name)) continue;
    const target = join(dist, name);
    const since = known[name] ?? isoWithOffset(now);
    const isThere = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
    const isOld = now.getTime() - Date.parse(since) > keptMs;
    // A build that clears nothing away leaves those of all times; only what was carried over is ours to remove.
    if (isThere && known[name] === undefined) continue;
    if (isThere && isOurs(target, path)) {
      if (isOld) rmSync(target);
      else carried[name] = since;
      continue;
    }
    if (isThere || isOld) continue;
    mkdirSync(dirname(target), { recursive: true });
    linkSync(path, target);
    carried[name] = since;
  }
  return carried;
}

/** Whether the new build has left it alone: else it is a file of the new one that has the same name. */
function isOurs(target: string, before: string): boolean {
  return lstatSync(target).mtimeMs === lstatSync(before).mtimeMs;
}
