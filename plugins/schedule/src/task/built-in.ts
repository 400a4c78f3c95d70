import type { ScheduledTask } from '@om-ops/kit';

/** Tasks that every installation knows by name, whichever plugin has their commands. */
export const builtInTasks: readonly ScheduledTask[] = [
  {
    id: 'health-check',
    title: 'Check the health of the site',
    argv: ['health', 'check'],
    every: '30m',
    why: 'What is not well is found although nobody looks.',
  },
  {
    id: 'log-rotation',
    title: 'Rotate the logs of om-ops',
    argv: ['log', 'rotate'],
    every: 'day',
    at: '00:10',
    why: 'Logs that grow without end fill the disk.',
  },
  {
    id: 'digest',
    title: 'Send the digest of the day',
    argv: ['notify', 'digest', 'daily'],
    every: 'day',
    at: '08:00',
    why: 'What happened is told without anybody asking.',
  },
];
