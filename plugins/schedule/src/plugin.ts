import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'schedule',
  topics: ['maintain'],
  async sections() {
    const { scheduleSection } = await import('./site.ts');
    return [scheduleSection];
  },
});
