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
    ],
  },
});
