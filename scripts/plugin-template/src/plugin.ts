import { definePlugin } from '@om-ops/kit';

export default definePlugin({
  topic: '__topic__',
  async sections() {
    const { __camel__Section } = await import('./site.ts');
    return [__camel__Section];
  },
  menu: {
    order: 100,
    title: '__Title__',
    items: [{ title: 'Status', argv: ['__topic__', 'status'] }],
  },
  async requirements(site) {
    const { __camel__Requirements } = await import('./requirements.ts');
    return __camel__Requirements(site);
  },
});
