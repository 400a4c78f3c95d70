import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'nginx',
  async sections() {
    const { nginxSection } = await import('./site.ts');
    return [nginxSection];
  },
  menu: {
    order: 9,
    title: 'Nginx Operations',
    async unready(site) {
      const { nginxSection } = await import('./site.ts');
      const { nginxProgram } = await import('./running/program.ts');
      const { bin } = await site.section(nginxSection);
      return nginxProgram(bin).find() === undefined ? `${bin} is not installed` : undefined;
    },
    items: [
      { title: 'Status & version', argv: ['nginx', 'status'] },
      { title: 'Validate the configuration', argv: ['nginx', 'validate'] },
      { title: 'Show where the API goes', argv: ['nginx', 'proxy'] },
      {
        title: 'Show which location answers a path',
        argv: ['nginx', 'proxy'],
        ask: [{ message: 'Which path', flag: '--path' }],
      },
      { title: 'Show the baseline as a diff', argv: ['nginx', 'baseline'] },
      { title: 'Apply the baseline', argv: ['nginx', 'apply'] },
      { title: 'Show the error log', argv: ['nginx', 'logs'] },
      { title: 'Follow the error log', argv: ['nginx', 'logs', '--follow'] },
    ],
  },
  async requirements(site) {
    const { nginxRequirements } = await import('./requirements.ts');
    return nginxRequirements(site);
  },
  async state(context) {
    const { nginxPanel } = await import('./state/panel.ts');
    return nginxPanel(context);
  },
  async checks(site) {
    const { nginxChecks } = await import('./state/checks.ts');
    return nginxChecks(site);
  },
  async logSources(site) {
    const { nginxLogSources } = await import('./log-sources.ts');
    return nginxLogSources(site);
  },
  async configFiles(site) {
    const { nginxSection } = await import('./site.ts');
    const { conf } = await site.section(nginxSection);
    return [{ path: site.below(conf), kind: 'nginx' }];
  },
});
