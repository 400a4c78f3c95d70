import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Owner, ownerState, systemCode } from '@om-ops/kit';
import type { PartName } from '../parts/part.ts';

/** Below the folder of a part: what a rebuild keeps until it is done. */
export const keepFolder = '.om-ops-build';
export const journalName = 'way-back.json';
export const ownerName = 'owner.json';

/** Something that a rebuild may replace, and what was there before. */
export interface KeptEntry {
  /** Where it belongs. Absolute. */
  live: string;
  /** The copy of it; null: it was not there, or is a link. */
  kept: string | null;
  /** Of the copy, so that one can tell whether it stands in its place again. */
  inode: number | null;
  /** Of the live one before: the same again means that nobody has touched it. */
  signature: string | null;
  /** Where it led, if it was a symbolic link. */
  link: string | null;
  /** The files of the copy are hard links to the live ones: a write into one changes both. Since when, in milliseconds. */
  linkedMs: number | null;
}

/** What is written down before anything is replaced: enough for another process to put it back. */
export interface WayBack {
  part: PartName;
  /** The record of the rebuild, in STATE/build/runs. */
  run: string;
  /** ISO 8601. */
  since: string;
  owner: Owner;
  entries: KeptEntry[];
  /** Where the build was told to write, if it was. */
  beside: string | null;
  /** A file that was not there before, and is taken away. */
  maintenanceFlag: string | null;
  /** The process of the app before; null when there was none. */
  pid: number | null;
}

/** A folder of kept copies, and what it is for. */
export interface KeptFolder {
  path: string;
  /** Null: it was cut off before anything was replaced, and holds nothing that is needed. */
  wayBack: WayBack | null;
  /** The rebuild that made it goes on. */
  isAtWork: boolean;
}

/**
 * What rebuilds of a part have left in its folder, the oldest first.
 *
 * @throws what the file system throws, but for a folder that is not there
 */
export function keptFolders(folder: string): KeptFolder[] {
  const path = join(folder, keepFolder);
  let names: string[];
  try {
    names = readdirSync(path).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw error;
  }
  return names
    .filter((name) => /^(?:done-)?\d{4}-\d\d-\d\d_\d{6}/.test(name))
    .map((name) => {
      const kept = join(path, name);
      // One that is done has nothing to go back to any more.
      const wayBack = name.startsWith('done-') ? null : read<WayBack>(join(kept, journalName));
      const owner = wayBack?.owner ?? read<Owner>(join(kept, ownerName));
      return { path: kept, wayBack, isAtWork: owner !== null && ownerState(owner) !== 'dead' };
    });
}

function read<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    // Not written yet: nothing was replaced yet either.
    return null;
  }
}
