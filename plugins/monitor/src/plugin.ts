import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'health',
  topics: ['metrics', 'alert', 'notify'],
  async sections() {
    const [{ healthSection }, { metricsSection }, { alertsSection }, { notifySection }] =
      await Promise.all([
        import('./site/health.ts'),
        import('./site/metrics.ts'),
        import('./site/alerts.ts'),
        import('./site/notify.ts'),
      ]);
    return [healthSection, metricsSection, alertsSection, notifySection];
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
