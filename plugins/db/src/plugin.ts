import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'db',
  async sections() {
    const { dbSection } = await import('./site.ts');
    return [dbSection];
  },
  menu: {
    order: 18,
    title: 'Database',
    items: [
      { title: 'How the server is', argv: ['db', 'status'] },
      { title: 'What runs now', argv: ['db', 'queries'] },
      { title: 'Who waits for whom', argv: ['db', 'locks'] },
      { title: 'What costs most', argv: ['db', 'slow'], effect: 'reads' },
      { title: 'Sizes', argv: ['db', 'sizes', '--tables'] },
      { title: 'Indexes', argv: ['db', 'indexes'] },
      { title: 'Settings', argv: ['db', 'settings', '--advice'] },
    ],
  },
  async requirements(site) {
    const { dbRequirements } = await import('./requirements.ts');
    return dbRequirements(site);
  },
  async state(context) {
    const { dbPanel } = await import('./state.ts');
    return dbPanel(context);
  },
  async checks(site) {
    const { dbChecks } = await import('./state.ts');
    return dbChecks(site);
  },
});
