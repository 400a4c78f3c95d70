import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'build',
  async sections() {
    const { buildSection } = await import('./site.ts');
    return [buildSection];
  },
  menu: {
    order: 11,
    title: 'Build / dist',
    items: [
      { title: 'Show build state', argv: ['build', 'status'] },
      { title: 'Verify what was built', argv: ['build', 'verify'] },
      { title: 'Rebuild the backend', argv: ['build', 'backend'] },
      { title: 'Rebuild the front end', argv: ['build', 'frontend'] },
      {
        title: 'Recent errors of the app',
        argv: ['build', 'errors'],
        ask: [
          { message: 'Only the last how many lines of each log', flag: '--lines', optional: true },
        ],
      },
    ],
  },
  async requirements(site) {
    const { buildRequirements } = await import('./requirements.ts');
    return buildRequirements(site);
  },
  async state(context) {
    const { buildPanel } = await import('./panel.ts');
    return buildPanel(context);
  },
  async checks(site) {
    const { buildChecks } = await import('./checks.ts');
    return buildChecks(site);
  },
  async tasks() {
    return [
      {
        id: 'build-verify',
        title: 'Verify what was built',
        argv: ['build', 'verify'],
        every: 'day',
        at: '04:15',
        why: 'A file that was lost or cut short shows before the app is restarted.',
      },
    ];
  },
});
