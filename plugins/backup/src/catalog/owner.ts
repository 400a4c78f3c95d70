import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import { mayBeThere, type Site } from '@om-ops/kit';
import type { DatabaseSection } from '@om-ops/kit/database';
import { databaseSection } from '@om-ops/kit/site';
import { type Category, categories } from '../categories.ts';
import { type BackupSection, backupSection } from '../site.ts';
import type { KnownSidecar } from './sidecar.ts';

/** Whose backups are "this site's": several sites, and several hosts, may have one STATE. */
export interface Owner {
  /** The site's name. */
  site: string;
  host: string;
  root: string;
  /** What this site backs up now; undefined for a category it does not have. */
  sources: Readonly<Record<Category, string | undefined>>;
}

/**
 * - `own`: of this site;
 * - `moved`: of this site, made from where it, or this category of it, lay before;
 * - `other`: of another site, another host, or another root with the same name that is still there;
 * - `unknown`: without a sidecar that could say.
 */
export type Belonging = 'own' | 'moved' | 'other' | 'unknown';

export interface OwnerSections {
  backup: BackupSection;
  database: DatabaseSection;
}

/** The owner that a site's profile describes. @param host see `ownerOf` */
export async function siteOwner(site: Site, host?: string): Promise<Owner> {
  const [backup, database] = await Promise.all([
    site.section(backupSection),
    site.section(databaseSection),
  ]);
  return ownerOf(site, { backup, database }, host);
}

/** @param host another one than this machine, whose backups are meant */
export function ownerOf(
  site: Pick<Site, 'site' | 'root' | 'below'>,
  sections: OwnerSections,
  host: string = hostname(),
): Owner {
  const sources = categories.map((category) => [category, sourceOf(category, site, sections)]);
  return {
    site: site.site,
    host,
    root: site.root,
    sources: Object.fromEntries(sources) as Owner['sources'],
  };
}

function sourceOf(
  category: Category,
  site: Pick<Site, 'root' | 'below'>,
  { backup, database }: OwnerSections,
): string | undefined {
  if (category === 'config') return site.root;
  if (category === 'database') return database.engine === 'none' ? undefined : database.engine;
  const source = backup.categories[category]?.source;
  return source === undefined ? undefined : site.below(source);
}

export function belonging(
  sidecar: KnownSidecar | undefined,
  category: Category,
  owner: Owner,
): Belonging {
  if (sidecar === undefined) return 'unknown';
  const { host, site, root, source } = sidecar;
  if (host !== undefined && !isSameHost(host, owner.host)) return 'other';
  const now = owner.sources[category];
  if (site === undefined || root === undefined) {
    // Older programs named the source alone, and of a database only its engine.
    if (category === 'database') return 'own';
    if (now === undefined) return isBelow(source, owner.root) ? 'own' : 'other';
    return isSamePath(source, now) ? 'own' : 'other';
  }
  // The same root by another name is the same site, renamed.
  if (!isSamePath(root, owner.root))
    return site !== owner.site || mayBeThere(root) ? 'other' : 'moved';
  return now === undefined || !isAbsolute(source) || isSamePath(source, now) ? 'own' : 'moved';
}

/** Whether "the newest of this site" may be this one. */
export function isOfThisSite(belongs: Belonging): boolean {
  return belongs === 'own' || belongs === 'moved';
}

/** `site shop on web1, from /srv/shop`. */
export function whose({ site, host, source, root }: KnownSidecar): string {
  const name = site === undefined ? 'a site' : `site ${site}`;
  const from = isAbsolute(source) ? source : root;
  return `${name}${host === undefined ? '' : ` on ${host}`}${from === undefined ? '' : `, from ${from}`}`;
}

/** A container's name is new each time it starts, and a machine may be called by its short name or its long one. */
function isSameHost(one: string, other: string): boolean {
  const container = /^[0-9a-f]{12}$/;
  return (
    one === other ||
    (container.test(one) && container.test(other)) ||
    one.startsWith(`${other}.`) ||
    other.startsWith(`${one}.`)
  );
}

function isSamePath(one: string, other: string): boolean {
  return one === other || realPath(one) === realPath(other);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isBelow(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return isAbsolute(path) && !below.startsWith('..') && !isAbsolute(below);
}
