import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'job',
  async sections() {
    const { jobsSection } = await import('./site.ts');
    return [jobsSection];
  },
  menu: {
    order: 28,
    title: 'Jobs of the application',
    items: [
      { title: 'Jobs and how they last went', argv: ['job', 'list'] },
      {
        title: 'Run a job',
        argv: ['job', 'run'],
        effect: 'may-ask',
        ask: [{ message: 'Name of the job' }],
      },
      { title: 'Runs', argv: ['job', 'history'] },
    ],
  },
  async requirements(site) {
    const { jobRequirements } = await import('./requirements.ts');
    return jobRequirements(site);
  },
  async tasks(site) {
    const { jobTasks } = await import('./tasks.ts');
    return jobTasks(site);
  },
  async state(context) {
    const { jobPanel } = await import('./state.ts');
    return jobPanel(context);
  },
  async checks(site) {
    const { jobChecks } = await import('./state.ts');
    return jobChecks(site);
  },
});
