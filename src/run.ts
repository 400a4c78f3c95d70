import type { Interfaces } from '@om-ops/kit';
import { run } from '@om-ops/kit/oclif';
import { binaryRoot, corePlugins } from './core-plugins.ts';
import { installedPlugins, pluginFolder } from './installed-plugins.ts';
import { healKitLink } from './kit-link.ts';
import { guardOutput } from './output.ts';
import { withPluginUrls } from './plugin-argv.ts';

/** Runs one command line to its end and leaves the exit code on the process. */
export async function runOmOps(argv: string[]): Promise<void> {
  guardOutput();
  await healKitLink();
  try {
    await run(withPluginUrls(argv), { root: binaryRoot, ...(await plugins()) });
  } catch (error) {
    const { handleStray } = await import('./stray-error.ts');
    await handleStray(error, argv);
  }
}

/** An installed plugin takes the place of the core one of the same name. Without an index oclif looks for all of them itself. */
async function plugins(): Promise<{ plugins?: Map<string, Interfaces.Plugin> }> {
  const core = corePlugins();
  if (core === undefined) return {};
  const [binary, ...others] = core as [Interfaces.Plugin, ...Interfaces.Plugin[]];
  const installed = await installedPlugins(pluginFolder(process.env));
  const taken = new Set(installed.map(({ name }) => name));
  const all = [binary, ...installed, ...others.filter(({ name }) => !taken.has(name))];
  return { plugins: new Map(all.map((plugin) => [plugin.name, plugin])) };
}
