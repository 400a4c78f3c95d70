import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'git',
  async sections() {
    const { gitSection } = await import('./site.ts');
    return [gitSection];
  },
  menu: {
    order: 2,
    title: 'Git',
    async unready() {
      const { git } = await import('./git.ts');
      return git.find() === undefined ? 'git is not installed' : undefined;
    },
    items: [
      { title: 'Status', argv: ['git', 'status'] },
      {
        title: 'Checkpoint branch',
        argv: ['git', 'checkpoint'],
        effect: 'changes',
        ask: [{ message: 'What it is for', flag: '--message', optional: true }],
      },
      { title: 'List checkpoints', argv: ['git', 'checkpoint', '--list'], effect: 'reads' },
      {
        title: 'Commit all',
        argv: ['git', 'commit'],
        effect: 'may-ask',
        ask: [{ message: 'Message', flag: '--message', optional: true }],
      },
      { title: 'Push branch', argv: ['git', 'push'], effect: 'changes' },
      { title: 'Commit all and push', argv: ['git', 'push', '--commit'], effect: 'may-ask' },
      { title: 'Push daily summary', argv: ['git', 'push-summary'] },
      { title: 'Last commits', argv: ['git', 'log'] },
    ],
  },
  async requirements(site) {
    const { gitRequirements } = await import('./requirements.ts');
    return gitRequirements(site);
  },
  async state({ site, signal }) {
    const { gitPanel } = await import('./checks.ts');
    return gitPanel(site, signal);
  },
  async checks(site) {
    const { gitChecks } = await import('./checks.ts');
    return gitChecks(site);
  },
  async tasks(site) {
    const { mayBeCheckout } = await import('./checkout.ts');
    if (!mayBeCheckout(site.root)) return [];
    return [
      {
        id: 'git-checkpoint',
        title: 'Checkpoint of the checkout',
        argv: ['git', 'checkpoint'],
        every: 'day',
        at: '01:45',
        why: 'What somebody changed on the server and did not commit is kept before anything overwrites it.',
      },
    ];
  },
});
