import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'env',
  async sections() {
    const { envSection } = await import('./site.ts');
    return [envSection];
  },
  menu: {
    order: 27,
    title: 'Env files',
    items: [
      { title: 'Prove the env files', argv: ['env', 'check'] },
      { title: 'Weak and reused secrets', argv: ['env', 'secrets'] },
      { title: 'Every variable and who reads it', argv: ['env', 'report'] },
      { title: 'What is not live yet', argv: ['env', 'diff', '--running'] },
      { title: 'Set a variable', argv: ['env', 'set'], ask: [{ message: 'Name of the variable' }] },
      { title: 'Put permissions right', argv: ['env', 'fix'] },
    ],
  },
  async state(context) {
    const { envPanel } = await import('./state.ts');
    return envPanel(context);
  },
  async checks(site) {
    const { envChecks } = await import('./state.ts');
    return envChecks(site);
  },
});
