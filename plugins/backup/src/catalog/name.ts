import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseStamp, stampMinute } from '@om-ops/kit';
import { type Category, prefixOf } from '../categories.ts';

/** What a backup's file name says. */
export interface BackupName {
  /** Without `.tar.gz`. */
  stem: string;
  time: Date;
  /** 1 for the first of a minute, 2 for `-2`, … */
  count: number;
}

/** Takes a file name apart; undefined when it is no backup of this category. */
export function parseBackupName(category: Category, file: string): BackupName | undefined {
  const prefix = `${prefixOf(category)}-`;
  if (!file.startsWith(prefix) || !file.endsWith('.tar.gz')) return undefined;
  const stem = file.slice(0, -'.tar.gz'.length);
  const match = /^(\d{4}-\d\d-\d\d_\d{4})(?:-(\d+))?$/.exec(stem.slice(prefix.length));
  const time = match?.[1] === undefined ? undefined : parseStamp(match[1]);
  if (match === null || time === undefined) return undefined;
  return { stem, time, count: match[2] === undefined ? 1 : Number(match[2]) };
}

/** The first free name of this minute: nothing is ever overwritten. Call with the category's lock held. */
export function freeBackupName(folder: string, category: Category, now: Date): string {
  const stem = `${prefixOf(category)}-${stampMinute(now)}`;
  const taken = (name: string) =>
    existsSync(join(folder, `${name}.tar.gz`)) || existsSync(join(folder, `${name}.json`));
  if (!taken(stem)) return stem;
  for (let count = 2; ; count++) {
    if (!taken(`${stem}-${count}`)) return `${stem}-${count}`;
  }
}

const prunedEnding = '.pruned';

/** Where the sidecar waits of a backup that is being deleted: it goes last, and alone it is no backup. */
export function prunedSidecar(metadataPath: string): string {
  return join(dirname(metadataPath), `.${basename(metadataPath)}${prunedEnding}`);
}

/** The sidecar's own name, of a name that `prunedSidecar` gives; undefined for others. */
export function sidecarOfPruned(name: string): string | undefined {
  return name.startsWith('.') && name.endsWith(`.json${prunedEnding}`)
    ? name.slice(1, -prunedEnding.length)
    : undefined;
}
