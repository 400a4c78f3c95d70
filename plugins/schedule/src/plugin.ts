import { join } from 'node:path';
import { definePlugin, writableRequirement } from '@om-ops/kit';

export default definePlugin({
  topic: 'schedule',
  topics: ['maintain'],
  async sections() {
    const { scheduleSection } = await import('./site.ts');
    return [scheduleSection];
  },
  menu: {
    order: 14,
    title: 'Schedule',
    items: [
      { title: 'What runs when', argv: ['schedule', 'list'] },
      { title: 'What ran, failed or was missed', argv: ['maintain', 'status'] },
      {
        title: 'Run a task now',
        argv: ['maintain', 'run'],
        effect: 'may-ask',
        ask: [{ message: 'Task' }],
      },
      {
        title: 'Run a task once, later',
        argv: ['maintain', 'at'],
        ask: [
          { message: 'Task' },
          { message: 'In how long: 5m, 2h', flag: '--in' },
          { message: 'What it is for', flag: '--note', optional: true },
        ],
      },
      {
        title: 'Show a run',
        argv: ['maintain', 'show'],
        ask: [{ message: 'Run, or task for its newest' }],
      },
      {
        title: 'Begin a maintenance window',
        argv: ['maintain', 'window', 'start'],
        ask: [
          { message: 'For how long: 30m, 2h', flag: '--for', optional: true },
          { message: 'What is being done', flag: '--reason', optional: true },
        ],
      },
      { title: 'End the maintenance window', argv: ['maintain', 'window', 'end'] },
      {
        title: 'Hold everything for a time',
        argv: ['schedule', 'pause'],
        ask: [{ message: 'For how long: 30m, 2h', flag: '--for' }],
      },
      { title: 'Go on', argv: ['schedule', 'resume'] },
      { title: 'Does the tick come?', argv: ['schedule', 'check'] },
      { title: 'Install', argv: ['schedule', 'install'] },
      { title: 'Remove', argv: ['schedule', 'remove'] },
    ],
  },
  async requirements({ state }) {
    const { crontab } = await import('./install/crontab.ts');
    return [
      writableRequirement(join(state, 'schedule'), 'keeping what ran when'),
      crontab.requirement('having the tick called each minute', false),
    ];
  },
  async state(context) {
    const { schedulePanel } = await import('./state.ts');
    return schedulePanel(context);
  },
  async checks(site) {
    const { scheduleChecks } = await import('./state.ts');
    return scheduleChecks(site);
  },
});
