import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Interfaces } from '../oclif.ts';
import type { PluginContribution } from '../plugin.ts';
import type { PluginManifest } from '../plugin-manifest.ts';

export interface LoadedPlugin {
  name: string;
  version: string;
  contribution: PluginContribution;
}

export interface LoadedPlugins {
  /** In the order in which oclif knows them. */
  plugins: LoadedPlugin[];
  /** Those that could not be loaded, as sentences: one broken plugin must not stop the rest. */
  problems: string[];
}

/** The contributions of all installed plugins; what is heavy in them loads when it is asked for. */
export async function loadPlugins(config: Interfaces.Config): Promise<LoadedPlugins> {
  const loaded = await Promise.all(
    [...config.plugins.values()].map(
      async ({ name, version, root, pjson }): Promise<LoadedPlugin | string | undefined> => {
        const file = (pjson as PluginManifest).omOps?.plugin;
        if (file === undefined) return undefined;
        try {
          const module: unknown = await import(pathToFileURL(join(root, file)).href);
          const contribution = contributionOf(module);
          return contribution === undefined
            ? `The plugin ${name} could not be loaded: ${file} exports no contribution as its default.`
            : { name, version, contribution };
        } catch (error) {
          return `The plugin ${name} could not be loaded: ${messageOf(error)}`;
        }
      },
    ),
  );
  return {
    plugins: loaded.filter((one) => typeof one === 'object'),
    problems: loaded.filter((one) => typeof one === 'string'),
  };
}

function contributionOf(module: unknown): PluginContribution | undefined {
  const { default: given } = module as { default?: Partial<PluginContribution> | null };
  return typeof given?.topic === 'string' ? (given as PluginContribution) : undefined;
}
