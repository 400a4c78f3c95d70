import type { Interfaces } from '@om-ops/kit';
import { corePlugins } from './core-plugins.ts';
import { installedPlugins, pluginFolder } from './installed-plugins.ts';

/** All plugins, as oclif takes them: an installed one takes the place of the core one of the same name. Without an index oclif looks for all of them itself. */
export async function programPlugins(): Promise<{ plugins?: Map<string, Interfaces.Plugin> }> {
  const core = corePlugins();
  if (core === undefined) return {};
  const [binary, ...others] = core as [Interfaces.Plugin, ...Interfaces.Plugin[]];
  const installed = await installedPlugins(pluginFolder(process.env));
  const taken = new Set(installed.map(({ name }) => name));
  const all = [binary, ...installed, ...others.filter(({ name }) => !taken.has(name))];
  return { plugins: new Map(all.map((plugin) => [plugin.name, plugin])) };
}
