import type { Interfaces } from './oclif.ts';

/** What om-ops reads from a plugin's package.json. */
export interface PluginManifest {
  omOps?: {
    /** Its contribution, below the package. */
    plugin?: string;
    /** The top-level keys of the site profile that it owns. */
    sections?: string[];
    /** Of the binary only: sections that may stand in a profile, and the plugin that reads each. */
    knownSections?: Record<string, string>;
  };
}

/** The top-level keys of the site profile that the installed plugins own. */
export function siteSections(config: Interfaces.Config): string[] {
  return [...config.plugins.values()].flatMap(
    (plugin) => (plugin.pjson as PluginManifest).omOps?.sections ?? [],
  );
}

/** All that may stand at the top of a site profile, beside the keys of the core. */
export function siteKeys(config: Interfaces.Config): string[] {
  return [...siteSections(config), ...Object.keys(knownSections(config))];
}

/**
 * The sections that the binary knows of, and the plugin that reads each, installed or not: so that one
 * profile serves servers with different plugins.
 */
export function knownSections(config: Interfaces.Config): Readonly<Record<string, string>> {
  return (config.pjson as PluginManifest).omOps?.knownSections ?? {};
}
