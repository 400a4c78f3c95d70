import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'service',
  async sections() {
    const { servicesSection } = await import('./site.ts');
    return [servicesSection];
  },
  menu: {
    order: 16,
    title: 'Services',
    items: [
      { title: 'Status of all', argv: ['service', 'status'] },
      { title: 'List', argv: ['service', 'list'] },
      {
        title: 'Why one does not start or answer',
        argv: ['service', 'why'],
        ask: [{ message: 'Which service' }],
      },
      {
        title: 'What one has printed',
        argv: ['service', 'logs'],
        ask: [{ message: 'Which service' }],
      },
      { title: 'What each takes of the machine', argv: ['service', 'top'] },
      { title: 'Who listens on which port', argv: ['service', 'ports'] },
      {
        title: 'Restart one',
        argv: ['service', 'restart'],
        effect: 'may-ask',
        ask: [{ message: 'Which service' }],
      },
      { title: 'Start one', argv: ['service', 'start'], ask: [{ message: 'Which service' }] },
      {
        title: 'Stop one',
        argv: ['service', 'stop'],
        effect: 'may-ask',
        ask: [{ message: 'Which service' }],
      },
    ],
  },
  async requirements(site) {
    const { serviceRequirements } = await import('./requirements.ts');
    return serviceRequirements(site);
  },
  async state(context) {
    const { servicesPanel } = await import('./panel.ts');
    return servicesPanel(context);
  },
  async services() {
    const { serviceDrivers } = await import('./driver.ts');
    return serviceDrivers;
  },
  async checks(site) {
    const { serviceChecks } = await import('./panel.ts');
    return serviceChecks(site);
  },
  async logSources(site) {
    const { serviceLogSources } = await import('./log-sources.ts');
    return serviceLogSources(site);
  },
});
