import type { MenuStanding, Site } from '@om-ops/kit';
import { formatAge } from '@om-ops/kit/text';
import { backupsOfSite, type CatalogEntry, newestOf, readCatalog } from './catalog/catalog.ts';
import { siteOwner } from './catalog/owner.ts';
import { isUsable } from './catalog/state.ts';
import { categories } from './categories.ts';

/** So many of each category are looked at, unless none of them is of this site. */
const few = 5;
/** A category whose newest backup is so much older than the newest of all has been left behind. */
const behindMs = 26 * 3_600_000;

/** How old the newest backup is, and which category has been left behind. Reads a few sidecars only. */
export async function backupStanding(site: Site, now: Date): Promise<MenuStanding> {
  const owner = await siteOwner(site);
  const usable = (entries: readonly CatalogEntry[]) =>
    newestOf(
      backupsOfSite(entries).ours.filter(({ state }) => isUsable(state)),
      now,
    ).newest;
  const newest = categories.flatMap(
    (category) =>
      usable(readCatalog(site.state, category, owner, few)) ??
      usable(readCatalog(site.state, category, owner)) ??
      [],
  );
  const byAge = newest.sort((one, other) => other.time.getTime() - one.time.getTime());
  const [first, last] = [byAge[0], byAge.at(-1)];
  if (first === undefined || last === undefined)
    return { note: 'none yet', level: 'warning', head: 'no backup yet' };
  const age = ({ time }: CatalogEntry) => formatAge(now.getTime() - time.getTime());
  const isBehind = first.time.getTime() - last.time.getTime() > behindMs;
  return {
    head: `newest backup ${age(first)}`,
    ...(isBehind
      ? { note: `${last.category} ${age(last)} ago`, level: 'warning' as const }
      : { note: `newest ${age(first)} ago` }),
  };
}
