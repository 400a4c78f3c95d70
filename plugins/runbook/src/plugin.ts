import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'runbook',
  topics: ['checklist'],
  async sections() {
    const { runbooksSection, checklistsSection } = await import('./site.ts');
    return [runbooksSection, checklistsSection];
  },
  menu: {
    order: 13,
    title: 'Runbooks & checklists',
    items: [
      { title: 'Runbooks', argv: ['runbook', 'list'] },
      {
        title: 'Follow a runbook',
        argv: ['runbook', 'run'],
        ask: [{ message: 'Name of the runbook' }],
      },
      { title: 'How far the open one is', argv: ['runbook', 'status'] },
      { title: 'Daily checklist', argv: ['checklist', 'run', 'daily'] },
      { title: 'Weekly checklist', argv: ['checklist', 'run', 'weekly'] },
      { title: 'Monthly checklist', argv: ['checklist', 'run', 'monthly'] },
    ],
  },
});
