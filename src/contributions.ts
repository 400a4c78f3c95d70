import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Interfaces,
  messageOf,
  type PluginContribution,
  type PluginManifest,
} from '@om-ops/kit';
import { coreSection, type SiteSection } from '@om-ops/kit/site';

export interface Contributions {
  plugins: { name: string; version: string; contribution: PluginContribution }[];
  /** Plugins whose contribution could not be loaded, as sentences: one broken plugin must not stop the rest. */
  problems: string[];
}

/** What the installed plugins give to the menu, to `doctor` and to `config`. */
export async function loadContributions(config: Interfaces.Config): Promise<Contributions> {
  const found: Contributions = { plugins: [], problems: [] };
  for (const plugin of config.plugins.values()) {
    const file = (plugin.pjson as PluginManifest).omOps?.plugin;
    if (file === undefined) continue;
    try {
      const module = (await import(pathToFileURL(join(plugin.root, file)).href)) as {
        default: PluginContribution;
      };
      found.plugins.push({
        name: plugin.name,
        version: plugin.version,
        contribution: module.default,
      });
    } catch (error) {
      found.problems.push(`The plugin ${plugin.name} could not be loaded: ${messageOf(error)}`);
    }
  }
  return found;
}

/** Every section of the site profile there is: the core's and the plugins'. */
export async function loadSections(contributions: Contributions): Promise<SiteSection<unknown>[]> {
  const sections: SiteSection<unknown>[] = [coreSection as SiteSection<unknown>];
  for (const { contribution } of contributions.plugins) {
    sections.push(...((await contribution.sections?.()) ?? []));
  }
  return sections;
}
