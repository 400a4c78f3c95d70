import { dirname, join } from 'node:path';
import type { Site } from '@om-ops/kit';
import { planConfigArchive, writeConfigArchive } from '../config/archive.ts';
import type { BackupSection } from '../site.ts';
import type { ArchiveMaker } from './maker.ts';

/**
 * What another plugin's section says, as far as it is text: this plugin must know where the
 * configuration lies although it may not import theirs, and they may not be installed.
 */
function foreignText(site: Site, section: string, key: string): string | undefined {
  const values = site.document?.values[section];
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined;
  const value = values[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Packs the configuration of the site, without the secrets in it. */
export function configMaker(site: Site, section: BackupSection): ArchiveMaker {
  const folder = section.categories.nginx?.source ?? '/etc/nginx';
  const nginxConf = site.below(foreignText(site, 'nginx', 'conf') ?? join(folder, 'nginx.conf'));
  const ecosystem = foreignText(site, 'pm2', 'ecosystem');
  const sources = {
    root: site.root,
    backendDir: site.backend.dir,
    envFiles: site.envFiles,
    nginxConf,
    nginxFolder: dirname(nginxConf),
    systemdUnit: '/etc/systemd/system/pm2-root.service',
    ...(ecosystem === undefined ? {} : { ecosystem }),
  };
  const { level } = section.compression;
  return {
    source: site.root,
    async check() {},
    plan: () => planConfigArchive(sources),
    write: (output, progress) => writeConfigArchive(sources, { output, progress, level }),
  };
}
