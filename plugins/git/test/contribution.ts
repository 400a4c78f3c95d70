import type { PluginContribution, Site } from '@om-ops/kit';
import { loadSite } from '@om-ops/kit/site';
import plugin from '../src/plugin.ts';
import type { GitSite } from './git-site.ts';

export const gitPlugin: PluginContribution = plugin;

/** The profile of a site, and its git found by nothing but its own HOME. */
export async function loadedSite(site: GitSite): Promise<Site> {
  Object.assign(process.env, {
    HOME: site.env.HOME,
    GIT_CONFIG_GLOBAL: site.env.GIT_CONFIG_GLOBAL,
  });
  return loadSite({ flag: site.profile, cwd: site.folder, env: {}, sections: ['git', 'database'] });
}
