import type { Interfaces } from './oclif.ts';

/** What om-ops reads from a plugin's package.json. */
export interface PluginManifest {
  omOps?: { sections?: string[]; plugin?: string };
}

/** The top-level keys of the site profile that the installed plugins own. */
export function siteSections(config: Interfaces.Config): string[] {
  return [...config.plugins.values()].flatMap(
    (plugin) => (plugin.pjson as PluginManifest).omOps?.sections ?? [],
  );
}
