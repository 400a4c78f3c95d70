import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'logs',
  async sections() {
    const { logsSection } = await import('./site.ts');
    return [logsSection];
  },
  menu: {
    order: 17,
    title: 'Logs',
    items: [
      { title: 'Where the application writes', argv: ['logs', 'list'] },
      { title: 'Errors of the last week', argv: ['logs', 'errors'] },
      { title: 'Errors that are new', argv: ['logs', 'errors', '--new'] },
      { title: 'Warnings and errors by kind', argv: ['logs', 'classes'] },
      { title: 'Search', argv: ['logs', 'search'], ask: [{ message: 'What to look for' }] },
      { title: 'Follow all', argv: ['logs', 'tail', '--follow'] },
      { title: 'Who asked for what', argv: ['logs', 'access'] },
      { title: 'How long things took', argv: ['logs', 'latency'] },
      { title: 'Secrets in logs', argv: ['logs', 'secrets'], effect: 'reads' },
      { title: 'Rotate', argv: ['logs', 'rotate'] },
      { title: 'Compress and delete old generations', argv: ['logs', 'clean'] },
    ],
  },
  async requirements(site) {
    const [{ logsSection }, { logrotate }] = await Promise.all([
      import('./site.ts'),
      import('./rotation/run.ts'),
    ]);
    const { rotation } = await site.section(logsSection);
    return [logrotate.requirement('rotating logs', Object.keys(rotation).length > 0)];
  },
  async tasks(site) {
    const { logsTasks } = await import('./tasks.ts');
    return logsTasks(site);
  },
});
