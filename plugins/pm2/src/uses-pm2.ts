import { existsSync } from 'node:fs';
import type { Site } from '@om-ops/kit';
import { readDump } from './app/dump.ts';
import type { Pm2Setting } from './app/look.ts';

/** Whether anything says that PM2 runs the backend of this site. Looks at files only. */
export function usesPm2(site: Site, { section, place }: Pm2Setting): boolean {
  const { manager } = site.backend.service;
  if (manager !== 'auto') return manager === 'pm2';
  if (site.document !== undefined && 'pm2' in site.document.values) return true;
  if (existsSync(site.below(section.ecosystem))) return true;
  const dump = readDump(place.home);
  return 'entries' in dump && dump.entries.some(({ name }) => name === section.app);
}
