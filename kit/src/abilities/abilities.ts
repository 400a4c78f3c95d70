import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Interfaces } from '../oclif.ts';
import type { PluginContribution } from '../plugin.ts';
import type { PluginManifest } from '../plugin-manifest.ts';
import type { Site } from '../site/site.ts';
import { type PanelReader, type ReadPanel, readPanels } from './panel.ts';
import { type AppService, findService, type ServiceDriver } from './service.ts';

export interface LoadedPlugin {
  name: string;
  version: string;
  contribution: PluginContribution;
}

export interface LoadedPlugins {
  plugins: LoadedPlugin[];
  /** Those that could not be loaded, as sentences. */
  problems: string[];
}

/** The contributions of all installed plugins; what is heavy in them loads when it is asked for. */
export async function loadPlugins(config: Interfaces.Config): Promise<LoadedPlugins> {
  const plugins: LoadedPlugin[] = [];
  const problems: string[] = [];
  await Promise.all(
    [...config.plugins.values()].map(async ({ name, version, root, pjson }) => {
      const file = (pjson as PluginManifest).omOps?.plugin;
      if (file === undefined) return;
      try {
        const module = (await import(pathToFileURL(join(root, file)).href)) as {
          default: PluginContribution;
        };
        plugins.push({ name, version, contribution: module.default });
      } catch (error) {
        problems.push(`The plugin ${name} could not be loaded: ${messageOf(error)}`);
      }
    }),
  );
  return { plugins, problems };
}

/** What a command may ask of the other plugins, without importing one. */
export class Abilities {
  readonly #load: () => Promise<LoadedPlugins>;
  readonly #site: Site;
  readonly #signal: AbortSignal;

  constructor(site: Site, signal: AbortSignal, load: () => Promise<LoadedPlugins>) {
    this.#site = site;
    this.#signal = signal;
    this.#load = load;
  }

  /** @throws OpsError E_NO_SERVICE (exit 5), E_AMBIGUOUS_SERVICE (exit 2) */
  async service(role: AppService['role']): Promise<AppService> {
    const drivers: ServiceDriver[] = [];
    for (const { contribution } of (await this.#load()).plugins)
      drivers.push(...((await contribution.services?.()) ?? []));
    return findService(drivers, role, this.#site, this.#signal);
  }

  async panels(timeoutMs: number, now = new Date()): Promise<ReadPanel[]> {
    const readers = (await this.#load()).plugins.flatMap(({ contribution: { topic, state } }) =>
      state === undefined ? [] : [{ topic, read: state as PanelReader }],
    );
    return readPanels(readers, { site: this.#site, signal: this.#signal, now, timeoutMs });
  }
}
