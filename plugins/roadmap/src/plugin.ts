import { join } from 'node:path';
import { definePlugin, messageOf, type Site, writableRequirement } from '@om-ops/kit';
import { statuses } from './milestone.ts';
import { page } from './report/site-page.ts';

export default definePlugin({
  topic: 'roadmap',
  pages: () => [page],
  menu: {
    order: 8,
    title: 'Roadmap & Milestones',
    async standing({ site, now }) {
      const { roadmapStanding } = await import('./state.ts');
      return roadmapStanding(site, now);
    },
    items: [
      { title: 'View roadmap', argv: ['roadmap', 'list'] },
      {
        title: 'Add milestone',
        argv: ['roadmap', 'add'],
        ask: [
          { message: 'Title', flag: '--title' },
          { message: 'Owner', flag: '--owner', optional: true },
          { message: 'Due, as YYYY-MM-DD', flag: '--due', optional: true },
          { message: 'Notes', flag: '--notes', optional: true },
        ],
      },
      {
        title: 'Update milestone',
        argv: ['roadmap', 'update'],
        unready: withoutMilestones,
        ask: [
          { message: 'ID, or the beginning of it' },
          { message: 'Status', flag: '--status', choices: statuses, optional: true },
          { message: 'Percent complete', flag: '--percent', optional: true },
          { message: 'Notes', flag: '--notes', optional: true },
        ],
      },
      {
        title: 'Mark complete',
        argv: ['roadmap', 'complete'],
        unready: withoutMilestones,
        ask: [{ message: 'ID, or the beginning of it' }],
      },
      { title: 'Generate HTML board', argv: ['roadmap', 'report'] },
      { title: 'History of changes', argv: ['roadmap', 'history'] },
      {
        title: 'Remove milestone',
        argv: ['roadmap', 'remove'],
        unready: withoutMilestones,
        ask: [{ message: 'ID, or the beginning of it' }],
      },
    ],
  },
  async requirements({ state }) {
    return [writableRequirement(join(state, 'roadmap'), 'keeping the roadmap')];
  },
  async state(context) {
    const { roadmapPanel } = await import('./state.ts');
    return roadmapPanel(context);
  },
  async checks(site) {
    const { roadmapChecks } = await import('./state.ts');
    return roadmapChecks(site);
  },
  async milestones(site) {
    const { milestonesOf } = await import('./state.ts');
    return milestonesOf(site).map(
      ({ id, title, status, percent, due, createdAt, completedAt }) => ({
        ...{ id, title, status, percent, due, createdAt, completedAt },
        href: `${page.path}#${new URLSearchParams({ milestone: id })}`,
      }),
    );
  },
  async tasks() {
    return [
      {
        id: 'roadmap-report',
        title: 'Roadmap page',
        argv: ['roadmap', 'report'],
        every: 'day',
        at: '05:15',
        why: 'Its heading says what is overdue on the day it is made.',
      },
    ];
  },
});

async function withoutMilestones(site: Site): Promise<string | undefined> {
  try {
    const { milestonesOf } = await import('./state.ts');
    return milestonesOf(site).length === 0
      ? 'There are no milestones yet: add one first.'
      : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
