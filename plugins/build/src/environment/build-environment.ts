import { sitePath } from '@om-ops/kit';

const ours =
  /^(?:OM_OPS_|npm_(?:lifecycle|package)_|npm_(?:command|execpath|node_execpath)$|INIT_CWD$|NODE_TEST_CONTEXT$|NODE_CHANNEL_FD$|COLOR$|FORCE_COLOR$)/;

/**
 * What is changed of om-ops' environment for a program of the site: its own Node, none of om-ops'
 * variables, no colours in what is kept. NODE_ENV is left as it is for the build itself; an install must
 * not see it, or it leaves out what the build needs.
 */
export function buildEnvironment(
  kind: 'install' | 'build',
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> {
  const hidden = Object.keys(env).filter((name) => ours.test(name));
  return {
    ...Object.fromEntries(hidden.map((name) => [name, undefined])),
    PATH: sitePath(env.PATH),
    NO_COLOR: '1',
    npm_config_update_notifier: 'false',
    // `corepack` would ask before it fetches anything.
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    ...(kind === 'install'
      ? { NODE_ENV: undefined, npm_config_production: undefined, npm_config_omit: undefined }
      : {}),
  };
}
