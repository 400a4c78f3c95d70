import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command, Interfaces } from './oclif.ts';
import type { Operation } from './operation/operation.ts';
import type { PluginContribution } from './plugin.ts';
import { type PluginManifest, siteKeys } from './plugin-manifest.ts';
import { looksSecretSetting } from './redact.ts';
import { hideEnvValues, loadSite, publicEnvKeys, type Site, saidInProfile } from './site/site.ts';
import { checkState } from './store/trust.ts';
import { workingFolder } from './working-folder.ts';

export interface OpenSiteOptions {
  /** Of `--site`. */
  flag: string | undefined;
  config: Interfaces.Config;
  /** The command's own plugin: its sections are checked. */
  plugin: Command.Class['plugin'];
  /** Learns where STATE is and which values must not be shown. */
  operation: Operation;
  /** False: STATE is not looked at. */
  checksState: boolean;
}

/** Loads the site profile a command works with. @throws OpsError of the profile (exit 2), E_UNSAFE_STATE (exit 5) */
export async function openSite(options: OpenSiteOptions): Promise<Site> {
  const { flag, config, plugin, operation, checksState } = options;
  const site = await loadSite({
    flag,
    env: process.env,
    cwd: workingFolder(),
    sections: siteKeys(config),
  });
  if (checksState) for (const warning of checkState(site.state)) operation.warn(warning);
  operation.state = site.state;
  await checkSections(site, plugin);
  const { readEnvFiles } = await import('./site/env.ts');
  const { values, problems } = readEnvFiles(site);
  for (const problem of problems) operation.warn(problem);
  const { redactor } = operation;
  redactor.keep(site.root, site.state);
  hideEnvValues(redactor, values, publicEnvKeys(site), looksSecretSetting, saidInProfile(site));
  return site;
}

/** Checks the sections of the command's own plugin even where the command reads none of them. */
async function checkSections(site: Site, plugin: Command.Class['plugin']): Promise<void> {
  const { plugin: file, sections = [] } =
    (plugin?.pjson as PluginManifest | undefined)?.omOps ?? {};
  const values = site.document?.values;
  if (plugin === undefined || file === undefined || values === undefined) return;
  if (!sections.some((key) => Object.hasOwn(values, key))) return;
  const { default: contribution } = (await import(pathToFileURL(join(plugin.root, file)).href)) as {
    default: PluginContribution;
  };
  for (const section of (await contribution.sections?.()) ?? []) await site.section(section);
}
