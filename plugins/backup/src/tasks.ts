import type { ScheduledTask, Site } from '@om-ops/kit';
import { databaseSection } from '@om-ops/kit/site';
import { type Category, categories } from './categories.ts';
import { isOff } from './create/category.ts';
import { backupSection } from './site.ts';

type When = Pick<ScheduledTask, 'every' | 'on' | 'at' | 'why'>;

/** Apart from each other, so that they do not read the same disk at once. */
const times: Record<Category, When> = {
  config: { every: 'day', at: '02:10' },
  nginx: { every: 'day', at: '02:15' },
  database: { every: 'day', at: '02:30' },
  server: { every: 'day', at: '02:50' },
  'front-end': { every: 'day', at: '02:55' },
  images: { every: 'day', at: '03:00' },
  prod: {
    every: 'week',
    on: 'sun',
    at: '01:00',
    why: 'Server, front end and images are in it once more, so once a week is enough.',
  },
};

/** A backup of each category that the site has, by the retention of the profile, and the proof that they are good. */
export async function backupTasks(site: Site): Promise<ScheduledTask[]> {
  const [backup, database] = await Promise.all([
    site.section(backupSection),
    site.section(databaseSection),
  ]);
  const used = categories.filter((category) => !isOff(category, { backup, database }));
  return [
    ...used.map((category) => ({
      id: `backup-${category}`,
      title: `Back up ${category}`,
      argv: ['backup', 'run', category, '--prune'],
      ...times[category],
    })),
    {
      id: 'backup-maintenance',
      title: 'Verify the backups',
      argv: ['backup', 'verify', '--max-age', '8d', ...used],
      every: 'week',
      on: 'sun',
      at: '04:00',
      why: 'A backup that cannot be read to its end is found before it is needed.',
    },
  ];
}
