import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: 'uploads',
  async sections() {
    const { uploadsSection } = await import('./site.ts');
    return [uploadsSection];
  },
  menu: {
    order: 10,
    title: 'Uploads & Paths Health',
    items: [
      { title: 'Check directories', argv: ['uploads', 'check'] },
      { title: 'Fix missing directories', argv: ['uploads', 'fix'] },
      { title: 'Smoke test (reads only)', argv: ['uploads', 'smoke'] },
      { title: 'Show configured paths', argv: ['uploads', 'paths'] },
    ],
  },
  async requirements(site) {
    const { uploadsRequirements } = await import('./requirements.ts');
    return uploadsRequirements(site);
  },
  async state(context) {
    const { uploadsPanel } = await import('./state.ts');
    return uploadsPanel(context);
  },
  async checks(site) {
    const { uploadsChecks } = await import('./state.ts');
    return uploadsChecks(site);
  },
});
