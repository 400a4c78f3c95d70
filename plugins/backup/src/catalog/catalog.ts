import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, isoWithOffset, systemCode } from '@om-ops/kit';
import { isIncomplete } from '../archive/tree/skipped.ts';
import type { Category } from '../categories.ts';
import { type CategoryFailure, failureOf } from '../category-failure.ts';
import { doubtOf } from './doubt.ts';
import { parseBackupName, prunedSidecar } from './name.ts';
import { type Belonging, belonging, isOfThisSite, type Owner } from './owner.ts';
import { readSidecar, type SidecarReading } from './sidecar.ts';
import { type ArchiveOnDisk, type BackupState, isUsable, stateOf } from './state.ts';

export type { BackupState } from './state.ts';

/** One backup on disk. */
export interface Backup {
  category: Category;
  path: string;
  metadataPath: string;
  createdAt: string;
  bytes: number;
  /** Null without a sidecar. */
  files: number | null;
  sha256: string | null;
  state: BackupState;
  /** The site it is of, its host, and what was backed up; null when its sidecar does not say. */
  site: string | null;
  host: string | null;
  source: string | null;
  belongs: Belonging;
}

/** A backup with what is needed to sort it and to check it. */
export interface CatalogEntry extends Backup {
  /** When it was made: what its sidecar says, else its name, which is local time of an unknown place. */
  time: Date;
  /** Whether the sidecar says when. */
  isDated: boolean;
  count: number;
  reading: SidecarReading;
  /** Why it is hardly what should be in it: see `doubtOf`. */
  doubt: string | undefined;
  /** It can be restored, and as far as is known nothing is missing in it. */
  isWhole: boolean;
}

/**
 * The backups of one category, newest first. An absent folder has none.
 *
 * @param most only so many, the newest by their names: for a quick look
 */
export function readCatalog(
  state: string,
  category: Category,
  owner: Owner,
  most = Number.POSITIVE_INFINITY,
): CatalogEntry[] {
  const folder = join(state, category);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fromSystemError(error, 'list the backups in', folder);
  }
  const entries: CatalogEntry[] = [];
  const archives = [...new Set(names.map((name) => name.replace(/\.json$/, '.tar.gz')))]
    .flatMap((name) => {
      const parsed = parseBackupName(category, name);
      return parsed === undefined ? [] : [{ name, parsed }];
    })
    .sort((one, other) => other.parsed.time.getTime() - one.parsed.time.getTime())
    .slice(0, most);
  for (const { name, parsed } of archives) {
    const path = join(folder, name);
    const metadataPath = join(folder, `${parsed.stem}.json`);
    const archive = archiveOnDisk(path);
    const reading = readingFor(category, metadataPath);
    const { sidecar } = reading;
    const stated = stateOf(archive, name, reading);
    // The sidecar of a renamed one tells when another was made.
    const dated = sidecar?.archive === name ? sidecar : undefined;
    entries.push({
      category,
      path,
      metadataPath,
      createdAt: dated?.createdAt ?? isoWithOffset(parsed.time),
      bytes: archive.bytes,
      files: sidecar?.files ?? null,
      sha256: sidecar?.sha256 ?? null,
      state: stated,
      site: sidecar?.site ?? null,
      host: sidecar?.host ?? null,
      source: sidecar?.source ?? null,
      belongs: belonging(sidecar, category, owner),
      time: dated === undefined ? parsed.time : new Date(dated.createdAt),
      isDated: dated !== undefined,
      count: parsed.count,
      reading,
      doubt: undefined,
      isWhole:
        (stated === 'complete' || stated === 'renamed') &&
        sidecar !== undefined &&
        !isIncomplete(sidecar.skipped),
    });
  }
  for (const entry of entries) entry.time = atLeastEarlier(entry, entries);
  entries.sort(
    (a, b) =>
      b.time.getTime() - a.time.getTime() || b.count - a.count || (a.path < b.path ? 1 : -1),
  );
  doubtEntries(entries);
  return entries;
}

/** Compares each with the last good one before it of the same site. */
function doubtEntries(entries: readonly CatalogEntry[]): void {
  const lastOf = new Map<string, CatalogEntry>();
  for (const entry of entries.toReversed()) {
    const { sidecar } = entry.reading;
    if (sidecar === undefined || !isUsable(entry.state)) continue;
    const { site, host, root, source } = sidecar;
    const line = isOfThisSite(entry.belongs)
      ? 'this site'
      : JSON.stringify([host, site ?? source, root]);
    entry.doubt = doubtOf(entry.category, sidecar, lastOf.get(line)?.reading.sidecar);
    if (entry.doubt === undefined) {
      if (entry.isWhole) lastOf.set(line, entry);
      continue;
    }
    entry.isWhole = false;
    if (entry.state === 'complete') entry.state = 'doubtful';
  }
}

/** The last backup of this site that is whole, by what its sidecar says; what is dated in the future is none. */
export function lastWhole(
  entries: readonly CatalogEntry[],
  now: Date = new Date(),
): CatalogEntry | undefined {
  return entries.find(
    (entry) => entry.isWhole && isOfThisSite(entry.belongs) && !isInFuture(entry, now),
  );
}

/**
 * The backups to be meant by a category: this site's. What nothing says whose it is counts too, as
 * long as no other site's are beside it.
 */
export function backupsOfSite(entries: readonly CatalogEntry[]): {
  ours: CatalogEntry[];
  others: CatalogEntry[];
} {
  const isShared = entries.some(({ belongs }) => belongs === 'other');
  const isOurs = ({ belongs }: CatalogEntry) =>
    isOfThisSite(belongs) || (belongs === 'unknown' && !isShared);
  return {
    ours: entries.filter(isOurs),
    others: entries.filter((entry) => !isOurs(entry)),
  };
}

/** A name tells only the minute: one that has nothing else is no older than those it was numbered after. */
function atLeastEarlier(entry: CatalogEntry, entries: readonly CatalogEntry[]): Date {
  if (entry.count === 1 || entry.isDated) return entry.time;
  const minute = entry.path.slice(0, entry.path.lastIndexOf('-'));
  const earlier = entries.filter(
    ({ path, count }) =>
      count < entry.count && (path === `${minute}.tar.gz` || path === `${minute}-${count}.tar.gz`),
  );
  return new Date(Math.max(entry.time.getTime(), ...earlier.map(({ time }) => time.getTime())));
}

/** Clocks differ a little; what is dated later than this was made with a wrong one. */
const clockSkewMs = 5 * 60_000;

/** Whether a backup's time lies in the future: it says nothing of how new it is. */
export function isInFuture({ time }: { time: Date }, now: Date): boolean {
  return time.getTime() > now.getTime() + clockSkewMs;
}

/** The newest backup, and those passed over because their time is in the future. Only when all are, one of them is it. */
export function newestOf<E extends { time: Date }>(
  entries: readonly E[],
  now: Date,
): { newest: E | undefined; passedOver: E[] } {
  const newest = entries.find((entry) => !isInFuture(entry, now));
  return newest === undefined
    ? { newest: entries[0], passedOver: [] }
    : { newest, passedOver: entries.slice(0, entries.indexOf(newest)) };
}

/** What has to be said when "the newest" was asked for and times in the future are among them. */
export function futureWarnings(entries: readonly CatalogEntry[], now: Date): string[] {
  const { newest, passedOver } = newestOf(entries, now);
  if (newest === undefined) return [];
  if (isInFuture(newest, now))
    return [`${newest.path} is dated in the future (${newest.createdAt}), and there is no other.`];
  return passedOver.map(
    ({ path, createdAt }) =>
      `${path} is dated in the future (${createdAt}) and was passed over for ${newest.path}.`,
  );
}

function readingFor(category: Category, path: string): SidecarReading {
  const there = readSidecar(path);
  // A prune that was cut off has put it aside and not come to the archive.
  const reading = there.lack === 'absent' ? readSidecar(prunedSidecar(path)) : there;
  return reading.sidecar === undefined || reading.sidecar.category === category
    ? reading
    : { lack: 'foreign', wrong: `it is that of a backup of ${reading.sidecar.category}` };
}

function archiveOnDisk(path: string): ArchiveOnDisk {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { kind: 'missing', bytes: 0 };
    if (!stat.isFile()) return { kind: 'other', bytes: 0 };
    return { kind: mayRead(path) ? 'file' : 'unreadable', bytes: stat.size };
  } catch {
    return { kind: 'unreadable', bytes: 0 };
  }
}

function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The part of an entry that goes into results. */
export function backupOf({
  time: _time,
  isDated: _isDated,
  count: _count,
  reading: _reading,
  doubt: _doubt,
  isWhole: _isWhole,
  ...backup
}: CatalogEntry): Backup {
  return backup;
}

export interface Catalog {
  category: Category;
  /** Newest first. */
  backups: CatalogEntry[];
}

/** The backups of several categories. A folder that cannot be looked into does not hide the others. */
export function readCatalogs(
  state: string,
  chosen: readonly Category[],
  owner: Owner,
): { catalogs: Catalog[]; failed: CategoryFailure[] } {
  const catalogs: Catalog[] = [];
  const failed: CategoryFailure[] = [];
  for (const category of chosen) {
    try {
      catalogs.push({ category, backups: readCatalog(state, category, owner) });
    } catch (error) {
      failed.push(failureOf(category, error));
    }
  }
  return { catalogs, failed };
}
