import type { Panel, Site } from '@om-ops/kit';
import { formatBytes, formatDuration, plural } from '@om-ops/kit/text';
import { backupsOfSite, type CatalogEntry, newestOf, readCatalog } from './catalog/catalog.ts';
import { siteOwner } from './catalog/owner.ts';
import { isLost } from './catalog/state.ts';
import { categories } from './categories.ts';

const dayMs = 86_400_000;

/** How old the newest backup of each category is, and what is wrong with it. Reads sidecars only. */
export async function backupPanel(site: Site, now = new Date()): Promise<Panel> {
  const owner = await siteOwner(site);
  const newest = categories.map((category) => ({
    category,
    backups: backupsOfSite(readCatalog(site.state, category, owner)).ours,
  }));
  const all = newest.flatMap(({ backups }) => backups);
  const missing = newest
    .filter(
      ({ category, backups }) => backups.length === 0 && owner.sources[category] !== undefined,
    )
    .map(({ category }) => category);
  const latest = newest.flatMap(({ backups }) => newestOf(backups, now).newest ?? []);
  const old = latest.filter(({ time }) => now.getTime() - time.getTime() > dayMs);
  const bad = latest.filter(({ state }) => state !== 'complete');
  const bytes = all.reduce((sum, backup) => sum + backup.bytes, 0);
  const notes = [
    ...(missing.length > 0 && all.length > 0 ? [`No backup of ${missing.join(', ')}.`] : []),
    ...bad.map(({ category, state }) => `The newest backup of ${category} is ${state}.`),
    ...old.map((entry) => `The newest backup of ${entry.category} is ${age(entry, now)} old.`),
  ];
  return {
    title: 'Backups',
    state:
      all.length === 0 || bad.some(({ state }) => isLost(state))
        ? 'critical'
        : notes.length > 0
          ? 'warning'
          : 'healthy',
    metrics: [
      { key: 'backups', label: 'Backups', value: all.length, unit: 'count' },
      { key: 'size', label: 'Size', value: bytes, unit: 'bytes' },
    ],
    facts: [
      { label: 'Backups', value: plural(all.length, 'backup') },
      { label: 'Size', value: formatBytes(bytes) },
      ...latest.map((entry) => ({ label: entry.category, value: `${age(entry, now)} ago` })),
    ],
    notes: all.length === 0 ? ['There is no backup. Make one: om-ops backup run --all'] : notes,
  };
}

function age({ time }: CatalogEntry, now: Date): string {
  return formatDuration(now.getTime() - time.getTime());
}
