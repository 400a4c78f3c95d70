import { definePlugin } from '@om-ops/kit';
import { categories } from './categories.ts';

export default definePlugin({
  topic: 'backup',
  async sections() {
    const [{ backupSection }, { databaseSection }] = await Promise.all([
      import('./site.ts'),
      import('@om-ops/kit/site'),
    ]);
    return [backupSection, databaseSection];
  },
  menu: {
    order: 3,
    title: 'Backups',
    async standing({ site, now }) {
      const { backupStanding } = await import('./standing.ts');
      return backupStanding(site, now);
    },
    items: [
      ...categories.map((category) => ({
        title: `Back up ${category}`,
        argv: ['backup', 'run', category],
      })),
      { title: 'Run ALL backups', argv: ['backup', 'run', '--all'] },
      { title: 'Verify latest backups', argv: ['backup', 'verify'] },
      {
        title: 'What a full backup would do (dry run)',
        argv: ['backup', 'run', '--all', '--dry-run'],
      },
      { title: 'List backups', argv: ['backup', 'list'] },
      {
        title: 'Restore into a new folder',
        argv: ['backup', 'restore'],
        effect: 'changes',
        ask: [
          { message: 'Which', choices: categories },
          { message: 'Into which new or empty folder', flag: '--to' },
          { message: 'Only names that match', flag: '--only', optional: true },
        ],
      },
      {
        title: 'Restore the whole site into a new folder',
        argv: ['backup', 'restore', '--all'],
        effect: 'changes',
        ask: [{ message: 'Into which new or empty folder', flag: '--to' }],
      },
      {
        title: 'Delete old backups',
        argv: ['backup', 'prune'],
        ask: [
          {
            message: 'How many of the newest to keep (none of these: as the profile says)',
            flag: '--keep-last',
            optional: true,
          },
          { message: 'How many daily ones', flag: '--keep-daily', optional: true },
          { message: 'How many weekly ones', flag: '--keep-weekly', optional: true },
          { message: 'How many monthly ones', flag: '--keep-monthly', optional: true },
        ],
      },
    ],
  },
  async requirements(site) {
    const { backupRequirements } = await import('./requirements.ts');
    return backupRequirements(site);
  },
  async tasks(site) {
    const { backupTasks } = await import('./tasks.ts');
    return backupTasks(site);
  },
  async state({ site, now }) {
    const { backupPanel } = await import('./panel.ts');
    return backupPanel(site, now);
  },
  async checks(site) {
    const { backupChecks } = await import('./checks.ts');
    return backupChecks(site);
  },
  async backups(context) {
    const { backupRecords } = await import('./records.ts');
    return backupRecords(context);
  },
});
