import { definePlugin, messageOf, type Site } from '@om-ops/kit';

export default definePlugin({
  topic: 'health',
  topics: ['metrics', 'alert', 'notify', 'dashboard'],
  async sections() {
    const [
      { healthSection },
      { metricsSection },
      { alertsSection },
      { notifySection },
      { dashboardSection },
    ] = await Promise.all([
      import('./site/health.ts'),
      import('./site/metrics.ts'),
      import('./site/alerts.ts'),
      import('./site/notify.ts'),
      import('./site/dashboard.ts'),
    ]);
    return [healthSection, metricsSection, alertsSection, notifySection, dashboardSection];
  },
  menu: {
    order: 12,
    title: 'Health & alerts',
    items: [
      { title: 'Look at everything once', argv: ['health', 'check'], effect: 'changes' },
      { title: 'What was seen last', argv: ['health', 'status'] },
      { title: 'Every check', argv: ['health', 'list'] },
      {
        title: 'Explain a check',
        argv: ['health', 'explain'],
        ask: [{ message: 'Which check' }],
      },
      { title: 'What takes the machine', argv: ['health', 'top'] },
      { title: 'What was measured in 24 hours', argv: ['metrics', 'show'] },
      { title: 'Open alerts', argv: ['alert', 'list'] },
      { title: 'Alerts of the last 24 hours', argv: ['alert', 'list', '--since', '24h'] },
      {
        title: 'Life of one alert',
        argv: ['alert', 'show'],
        ask: [{ message: 'ID, or the check' }],
      },
      {
        title: 'Acknowledge an alert',
        argv: ['alert', 'ack'],
        unready: withoutAlerts,
        ask: [
          { message: 'ID, or the check' },
          {
            message: 'For how long, as 4h (empty: until it is resolved)',
            flag: '--for',
            optional: true,
          },
          { message: 'What is being done', flag: '--note', optional: true },
        ],
      },
      {
        title: 'Resolve an alert',
        argv: ['alert', 'resolve'],
        unready: withoutAlerts,
        ask: [{ message: 'ID, or the check' }, { message: 'What was done', flag: '--note' }],
      },
      {
        title: 'Silence checks for a time',
        argv: ['alert', 'silence'],
        ask: [
          { message: 'Check, or several with *' },
          { message: 'For how long, as 2h', flag: '--for' },
          { message: 'Why', flag: '--reason' },
        ],
      },
      { title: 'Who is told, and how that works', argv: ['notify', 'list'] },
      { title: 'Messages that wait', argv: ['notify', 'outbox'] },
      { title: 'Look again and again, until Ctrl-C', argv: ['health', 'watch'], effect: 'changes' },
      { title: 'Live in a browser', argv: ['dashboard'] },
    ],
  },
  async requirements(site) {
    const { monitorRequirements } = await import('./requirements.ts');
    return monitorRequirements(site);
  },
  async state(context) {
    const { monitorPanel } = await import('./panel.ts');
    return monitorPanel(context);
  },
  async watched(site) {
    const { watchRecord } = await import('./watch-record.ts');
    return watchRecord(site);
  },
  async tasks(site) {
    const { notifyTasks } = await import('./notify/tasks.ts');
    return notifyTasks(site);
  },
});

async function withoutAlerts({ state }: Site): Promise<string | undefined> {
  try {
    const { keptAlerts } = await import('./alerts/kept-alerts.ts');
    const { openAlerts } = await import('./alerts/change.ts');
    const { snapshot } = await keptAlerts(state, () => undefined);
    return openAlerts(snapshot.state).length === 0 ? 'No alert is open.' : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
