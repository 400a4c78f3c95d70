import { definePlugin } from '@om-ops/kit';
import { formatAge } from '@om-ops/kit/text';
import { page } from './report/site-page.ts';

const scopeChoices = ['prod', 'server', 'front-end', 'entire'];

export default definePlugin({
  topic: 'analysis',
  async sections() {
    const { analysisSection } = await import('./site.ts');
    return [analysisSection];
  },
  menu: {
    order: 4,
    title: 'Analysis',
    async standing({ site, now }) {
      const { readRuns } = await import('./run/store.ts');
      const newest = readRuns(site.state).at(-1);
      if (newest === undefined) return {};
      return { note: `last run ${formatAge(now.getTime() - Date.parse(newest.timestamp))} ago` };
    },
    items: [
      {
        title: 'Analyze',
        argv: ['analysis', 'run'],
        ask: [{ message: 'Which scope', choices: scopeChoices }],
      },
      {
        title: 'Analyze with full duplicate detection (SHA-256)',
        argv: ['analysis', 'run', '--dedupe-mode', 'full'],
        ask: [{ message: 'Which scope', choices: scopeChoices }],
      },
      { title: 'List runs', argv: ['analysis', 'list'] },
      { title: 'Show the newest run', argv: ['analysis', 'show'] },
      { title: 'Generate / refresh the HTML report', argv: ['analysis', 'report'] },
      {
        title: 'Delete old runs',
        argv: ['analysis', 'prune'],
        ask: [{ message: 'How many runs to keep', flag: '--keep' }],
      },
    ],
  },
  pages: () => [page],
  async requirements(site) {
    const { analysisRequirements } = await import('./requirements.ts');
    return analysisRequirements(site);
  },
  async tasks() {
    return [
      {
        id: 'analysis',
        title: 'Analyze the site',
        argv: ['analysis', 'run', 'prod'],
        every: 'week',
        on: 'sun',
        at: '05:30',
        why: 'What grows, what lies there twice and what nobody touches shows before the disk is full.',
      },
      {
        id: 'data-cleanup',
        title: 'Clean up old data',
        argv: ['analysis', 'prune', '--keep', '30'],
        every: 'day',
        at: '03:30',
        guarded: true,
        why: 'Analyses older than the newest 30 are asked for by nobody.',
      },
    ];
  },
});
