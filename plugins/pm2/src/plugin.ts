import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'pm2',
  async sections() {
    const { pm2Section } = await import('./site.ts');
    return [pm2Section];
  },
  menu: {
    order: 1,
    title: 'PM2 Operations',
    async unready(site) {
      const { pm2Section } = await import('./site.ts');
      const { pm2Program } = await import('./daemon/program.ts');
      const { bin } = await site.section(pm2Section);
      return pm2Program(bin).find() === undefined ? `${bin} is not installed` : undefined;
    },
    items: [
      { title: 'Set up, or set up again', argv: ['pm2', 'setup'] },
      { title: 'Status', argv: ['pm2', 'status'] },
      { title: 'Restart', argv: ['pm2', 'restart'] },
      { title: 'Start', argv: ['pm2', 'start'] },
      { title: 'Stop', argv: ['pm2', 'stop'] },
      { title: 'Show the last lines of the log', argv: ['pm2', 'logs'] },
      { title: 'Follow the log', argv: ['pm2', 'logs', '--follow'] },
      { title: 'Reset the restart counter', argv: ['pm2', 'reset'] },
      { title: 'Show the environment', argv: ['pm2', 'env'] },
    ],
  },
  async requirements(site) {
    const { pm2Requirements } = await import('./requirements.ts');
    return pm2Requirements(site);
  },
  async state(context) {
    const { pm2Panel } = await import('./panel.ts');
    return pm2Panel(context);
  },
  async services() {
    const { pm2Driver } = await import('./service.ts');
    return [pm2Driver];
  },
  async logSources(site) {
    const { pm2LogSources } = await import('./logs/sources.ts');
    return pm2LogSources(site);
  },
  async configFiles(site) {
    const { pm2ConfigFiles } = await import('./config-files.ts');
    return pm2ConfigFiles(site);
  },
  async checks(site) {
    return [
      {
        key: 'app',
        title: 'The backend in PM2',
        kind: 'service',
        // A little less than a minute: looked at twice a minute, it is due in every second look.
        everyMs: 55_000,
        samples: 2,
        runbook: 'restart-loop',
        command: 'om-ops pm2 status',
        async run(signal) {
          const { checkApp } = await import('./panel.ts');
          return checkApp(site, signal);
        },
      },
    ];
  },
});
