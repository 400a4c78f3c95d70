import { join } from 'node:path';
import { definePlugin, messageOf, type Site, writableRequirement } from '@om-ops/kit';
import { page } from './report/site-page.ts';

export default definePlugin({
  topic: 'summary',
  pages: () => [page],
  menu: {
    order: 6,
    title: 'System Summary',
    items: [
      { title: 'See how the site is, and write the page', argv: ['summary', 'run'] },
      { title: 'Show the newest summary', argv: ['summary', 'show'], unready: withoutRun },
    ],
  },
  async requirements({ state }) {
    return [writableRequirement(join(state, 'summary'), 'keeping summaries')];
  },
  async tasks() {
    return [
      {
        id: 'summary',
        title: 'Summary of the site',
        argv: ['summary', 'run', '--quiet'],
        every: 'day',
        at: '06:05',
        why: 'The page is there in the morning, and says what changed since the day before.',
      },
    ];
  },
});

async function withoutRun({ state }: Site): Promise<string | undefined> {
  try {
    const { keptRuns } = await import('./runs.ts');
    return (await keptRuns(state, 1)).length === 0
      ? 'No summary was made yet: see how the site is first.'
      : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
