import { dirname, join } from 'node:path';
import { type ConfigFile, isThere, type Site } from '@om-ops/kit';
import { planConfigArchive, writeConfigArchive } from '../config/archive.ts';
import type { ConfigSources } from '../config/collect.ts';
import type { BackupSection } from '../site.ts';
import type { ArchiveMaker } from './maker.ts';

const debianFolder = '/etc/nginx';

/**
 * Where the configuration of a site lies: what other plugins say, and the usual places for what none
 * says, because theirs may not be installed. Of kinds whose secrets this plugin does not know how to
 * find, compose files and plain text, nothing is taken.
 */
export function configSources(
  site: Site,
  section: BackupSection,
  files: readonly ConfigFile[],
): ConfigSources {
  const of = (kind: ConfigFile['kind']) =>
    files.filter((file) => file.kind === kind).map(({ path }) => site.below(path));
  const { source = debianFolder } = section.categories.nginx ?? {};
  const usual = join(site.below(source), 'nginx.conf');
  const [named = usual] = of('nginx');
  // A profile that has its own folder of nginx for backups means that one, whatever is the default elsewhere.
  const nginxConf = source !== debianFolder && isThere(usual) ? usual : named;
  const units = of('unit');
  return {
    root: site.root,
    backendDir: site.backend.dir,
    envFiles: [...site.envFiles, ...of('env')],
    nginxConf,
    nginxFolder: dirname(nginxConf),
    systemdUnits: units.length > 0 ? units : ['/etc/systemd/system/pm2-root.service'],
    ecosystems: of('ecosystem'),
  };
}

/** Packs the configuration of the site, without the secrets in it. */
export function configMaker(
  site: Site,
  section: BackupSection,
  files: readonly ConfigFile[],
): ArchiveMaker {
  const sources = configSources(site, section, files);
  const { level } = section.compression;
  return {
    source: site.root,
    async check() {},
    plan: () => planConfigArchive(sources),
    write: (output, progress) => writeConfigArchive(sources, { output, progress, level }),
  };
}
