import { existsSync } from 'node:fs';
import type { ConfigFile, Site } from '@om-ops/kit';
import { bootStart } from './app/boot.ts';
import { pm2Setting } from './app/look.ts';
import { ecosystemFiles } from './setup/ecosystem.ts';
import { usesPm2 } from './uses-pm2.ts';

/** The ecosystem file that counts, and the unit that starts PM2. */
export async function pm2ConfigFiles(site: Site): Promise<ConfigFile[]> {
  const setting = await pm2Setting(site);
  if (!usesPm2(site, setting)) return [];
  const files = ecosystemFiles(site, setting.section);
  const path = files.find((file) => existsSync(file)) ?? (files[0] as string);
  const boot = bootStart(setting.place);
  return [
    { path, kind: 'ecosystem' },
    ...(boot?.by.endsWith('.service') === true ? [{ path: boot.by, kind: 'unit' } as const] : []),
  ];
}
