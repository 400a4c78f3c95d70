import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'health',
  menu: {
    order: 12,
    title: 'Health & alerts',
    items: [{ title: 'Every check', argv: ['health', 'list'] }],
  },
});
