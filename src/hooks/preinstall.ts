import type { Hook } from '@om-ops/kit';

/** See linkKit. */
const hook: Hook<'plugins:preinstall'> = async ({ config }) => {
  const { linkKit } = await import('../kit-link.ts');
  await linkKit(config.dataDir);
};

export default hook;
