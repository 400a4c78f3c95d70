import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'health',
  topics: ['metrics'],
  async sections() {
    const [{ healthSection }, { metricsSection }] = await Promise.all([
      import('./site/health.ts'),
      import('./site/metrics.ts'),
    ]);
    return [healthSection, metricsSection];
  },
  menu: {
    order: 12,
    title: 'Health & alerts',
    items: [
      { title: 'Look at everything once', argv: ['health', 'check'] },
      { title: 'Every check', argv: ['health', 'list'] },
    ],
  },
});
