import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'redis',
  topics: ['queue'],
  async sections() {
    const { redisSection, queuesSection } = await import('./site.ts');
    return [redisSection, queuesSection];
  },
  menu: {
    order: 19,
    title: 'Redis & queues',
    items: [
      { title: 'How Redis is', argv: ['redis', 'status'] },
      { title: 'Where its memory goes', argv: ['redis', 'memory'] },
      { title: 'The largest keys', argv: ['redis', 'keys'] },
      { title: 'Queues', argv: ['queue', 'status'] },
      { title: 'Dead letters', argv: ['queue', 'dlq'] },
    ],
  },
  async state(context) {
    const { redisPanel } = await import('./state.ts');
    return redisPanel(context);
  },
  async checks(site) {
    const { redisChecks } = await import('./state.ts');
    return redisChecks(site);
  },
});
