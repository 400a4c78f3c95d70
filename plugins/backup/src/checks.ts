import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Check, type CheckAnswer, isThere, type Site } from '@om-ops/kit';
import { formatBytes, formatDuration, plural } from '@om-ops/kit/text';
import { backupsOfSite, type CatalogEntry, newestOf, readCatalog } from './catalog/catalog.ts';
import { type Owner, siteOwner } from './catalog/owner.ts';
import { isLost } from './catalog/state.ts';
import { type Category, categories } from './categories.ts';
import { backupRecords } from './records.ts';
import { backupTasks } from './tasks.ts';

const dayMs = 24 * 3_600_000;
/** How many times its cadence a backup may be old. */
const ageLimits = { warning: 1.5, critical: 3, when: 'above' } as const;
/** A verification is due every week. */
const proofMs = 8 * dayMs;

interface Newest {
  category: Category;
  backups: readonly CatalogEntry[];
  entry: CatalogEntry | undefined;
}

/** Whether there is a backup of everything, young enough, whole, proved, and room for the next. */
export function backupChecks(site: Site): Check[] {
  const common = { everyMs: 10 * 60_000, samples: 1 } as const;
  return [
    {
      ...common,
      key: 'age',
      title: 'Age of the backups',
      kind: 'age',
      runbook: 'backup-late',
      command: 'om-ops backup list',
      run: async () => ageAnswer(await newestOfAll(site), await cadences(site), new Date()),
    },
    {
      ...common,
      key: 'state',
      title: 'The newest backups',
      runbook: 'backup-failed',
      command: 'om-ops backup list',
      run: async () => stateAnswer(await newestOfAll(site)),
    },
    {
      ...common,
      key: 'verified',
      title: 'Proof of the backups',
      kind: 'age',
      runbook: 'backup-procedures',
      command: 'om-ops backup verify',
      run: (signal) => verifiedAnswer(site, new Date(), signal),
    },
    {
      ...common,
      key: 'room',
      title: 'Room for the next backups',
      runbook: 'disk-filling',
      command: 'om-ops backup prune --dry-run',
      run: async () => roomAnswer(site, await newestOfAll(site)),
    },
  ];
}

/** Of the categories that this site has. */
async function newestOfAll(site: Site): Promise<Newest[]> {
  const owner = await siteOwner(site);
  const now = new Date();
  return used(owner).map((category) => {
    const backups = backupsOfSite(readCatalog(site.state, category, owner)).ours;
    return { category, backups, entry: newestOf(backups, now).newest };
  });
}

const used = ({ sources }: Owner): Category[] =>
  categories.filter((category) => sources[category] !== undefined);

/** How often each category is due, by the tasks of this plugin. */
async function cadences(site: Site): Promise<Map<string, number>> {
  const tasks = await backupTasks(site);
  return new Map(tasks.map(({ id, every }) => [id, every === 'week' ? 7 * dayMs : dayMs]));
}

function ageAnswer(
  all: readonly Newest[],
  cadence: ReadonlyMap<string, number>,
  now: Date,
): CheckAnswer {
  if (all.length === 0) return { state: 'off', message: 'This site has nothing to back up.' };
  if (all.every(({ entry }) => entry === undefined))
    return { state: 'critical', message: 'There is no backup. Make one: om-ops backup run --all' };
  const aged = all
    .flatMap(({ category, entry }) => {
      if (entry === undefined) return [];
      const ms = Math.max(0, now.getTime() - entry.time.getTime());
      const every = cadence.get(`backup-${category}`) ?? dayMs;
      return [{ category, ms, every, times: ms / every }];
    })
    .sort((one, other) => other.times - one.times);
  const [oldest] = aged as [(typeof aged)[number]];
  const { times } = oldest;
  return {
    state:
      times >= ageLimits.critical ? 'critical' : times >= ageLimits.warning ? 'warning' : 'healthy',
    message: `The newest backup of ${oldest.category} is ${formatDuration(oldest.ms)} old, and one is due every ${oldest.every === dayMs ? 'day' : 'week'}.`,
    metrics: [
      {
        key: 'age',
        label: 'Age of the oldest newest backup, in times of its cadence',
        value: Math.round(times * 100) / 100,
        unit: 'count',
        welcome: 'down',
        limit: ageLimits,
      },
    ],
  };
}

function stateAnswer(all: readonly Newest[]): CheckAnswer {
  const latest = all.flatMap(({ entry }) => entry ?? []);
  if (latest.length === 0) return { state: 'off', message: 'There is no backup to look at.' };
  const missing = all.filter(({ entry }) => entry === undefined).map(({ category }) => category);
  const bad = latest.filter(({ state }) => state !== 'complete');
  const lost = bad.filter(({ state }) => isLost(state));
  const [first] = lost.length > 0 ? lost : bad;
  const bytes = all.flatMap(({ backups }) => backups).reduce((sum, one) => sum + one.bytes, 0);
  return {
    state: lost.length > 0 ? 'critical' : bad.length + missing.length > 0 ? 'warning' : 'healthy',
    message:
      first === undefined
        ? missing.length > 0
          ? `There is no backup of ${missing.join(', ')}.`
          : `The newest backup of each of ${latest.length} categories is complete, as far as its sidecar says.`
        : `The newest backup of ${first.category} is ${first.state}${bad.length > 1 ? `, and ${bad.length - 1} more are not complete` : ''}.`,
    metrics: [{ key: 'size', label: 'Size of all backups', value: bytes, unit: 'bytes' }],
  };
}

async function verifiedAnswer(site: Site, now: Date, signal: AbortSignal): Promise<CheckAnswer> {
  const since = new Date(now.getTime() - 60 * dayMs);
  const records = await backupRecords({ site, since, signal });
  const latest = new Map(records.filter(({ path }) => path !== null).map((one) => [one.of, one]));
  if (latest.size === 0) return { state: 'off', message: 'There is no backup to prove.' };
  const failed = [...latest.values()].find(({ state }) => state === 'failed');
  if (failed !== undefined)
    return {
      state: 'critical',
      message: `The newest backup of ${failed.of} is not usable: ${failed.why ?? 'it failed'}`,
    };
  const proved = new Map(
    records.filter(({ state }) => state === 'verified').map((one) => [one.of, one]),
  );
  const patience = now.getTime() - (proofMs + 7 * dayMs);
  const unproved = [...latest.keys()].filter((of) => {
    // What was made this week is proved with the others at its end.
    const first = records.find((one) => one.of === of && one.path !== null);
    return (
      Date.parse(first?.at ?? '') < patience &&
      Date.parse(proved.get(of)?.at ?? '1970-01-01') < patience
    );
  });
  if (unproved.length > 0)
    return {
      state: 'warning',
      message: `No backup of the last two weeks was verified of ${unproved.join(', ')}: om-ops backup verify`,
    };
  return {
    state: 'healthy',
    message:
      proved.size === 0
        ? 'None was verified yet, and none is old enough that it had to be: om-ops backup verify'
        : `Backups of ${plural(proved.size, 'category', 'categories')} were verified in the last two weeks.`,
  };
}

async function roomAnswer({ state }: Site, all: readonly Newest[]): Promise<CheckAnswer> {
  const needed = all.reduce((sum, { entry }) => sum + (entry?.bytes ?? 0), 0);
  if (needed === 0)
    return { state: 'off', message: 'There is no backup to tell by how much the next takes.' };
  let folder = state;
  while (!isThere(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return {
    state: free < needed ? 'critical' : free < 2 * needed ? 'warning' : 'healthy',
    message: `The next backups take some ${formatBytes(needed)}, and ${formatBytes(free)} are free at ${folder}.`,
    metrics: [
      { key: 'free', label: 'Room for backups', value: free, unit: 'bytes', welcome: 'up' },
    ],
  };
}
