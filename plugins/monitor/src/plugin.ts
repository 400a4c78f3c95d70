import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'health',
  async sections() {
    const { healthSection } = await import('./site/health.ts');
    return [healthSection];
  },
  menu: {
    order: 12,
    title: 'Health & alerts',
    items: [
      { title: 'Look at everything once', argv: ['health', 'check'] },
      { title: 'Every check', argv: ['health', 'list'] },
    ],
  },
  async tasks() {
    return [
      {
        id: 'health-check',
        title: 'A look at everything',
        argv: ['health', 'check', '--every', '30m'],
        every: '30m',
        why: 'What fails at night is known in the morning, with since when.',
      },
    ];
  },
});
