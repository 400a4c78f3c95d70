import { fromSystemError, type Hook } from '@om-ops/kit';

/** See linkKit. */
const hook: Hook<'plugins:preinstall'> = async ({ config }) => {
  const { linkKit } = await import('../kit-link.ts');
  try {
    await linkKit(config.dataDir);
  } catch (error) {
    const { hookError } = await import('../hook-error.ts');
    throw hookError(fromSystemError(error, 'link the kit in', config.dataDir));
  }
};

export default hook;
