import { join } from 'node:path';
import { definePlugin, messageOf, type Site, writableRequirement } from '@om-ops/kit';
import { page } from './report/site-page.ts';

export default definePlugin({
  topic: 'motivation',
  pages: () => [page],
  menu: {
    order: 7,
    title: 'Motivation Summary',
    items: [
      { title: 'What was done today', argv: ['motivation', 'run'] },
      {
        title: 'What was done on another day',
        argv: ['motivation', 'run'],
        ask: [{ message: 'Which day, as YYYY-MM-DD or yesterday', flag: '--date' }],
      },
      { title: 'Show the last one again', argv: ['motivation', 'show'], unready: withoutDay },
    ],
  },
  async requirements({ state }) {
    return [writableRequirement(join(state, 'motivation'), 'keeping what days were')];
  },
  async tasks() {
    return [
      {
        id: 'motivation',
        title: 'What was done yesterday',
        argv: ['motivation', 'run', '--date', 'yesterday', '--quiet'],
        every: 'day',
        at: '06:10',
        why: 'The page is there in the morning, and says what can be begun with.',
      },
    ];
  },
});

async function withoutDay({ state }: Site): Promise<string | undefined> {
  try {
    const { keptDay } = await import('./keep.ts');
    await keptDay(state);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
