import { createHash } from 'node:crypto';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoWithOffset, parseStamp, stampMinute } from '@om-ops/kit';
import type { Owner } from '../src/catalog/owner.ts';
import { archiveGz, member } from './reader-compose.ts';

/** The site that `placeBackup` makes backups of. */
export const placedOwner: Owner = {
  site: 'demo',
  host: 'test',
  root: '/srv/site',
  sources: {
    prod: '/srv/site',
    server: '/srv/site/server',
    'front-end': '/srv/site/front-end',
    images: undefined,
    nginx: '/etc/nginx',
    config: '/srv/site',
    database: undefined,
  },
};

export interface PlacedBackup {
  path: string;
  metadataPath: string;
  name: string;
}

/** Puts a good backup into STATE/server. `stamp` is the name's, `createdAt` and others the sidecar's. */
export function placeBackup(
  state: string,
  stamp: string,
  sidecar: Record<string, unknown> = {},
): PlacedBackup {
  const folder = join(state, 'server');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `server-${stamp}.tar.gz`);
  const metadataPath = join(folder, `server-${stamp}.json`);
  const content = archiveGz(member({ name: 'a' }, stamp.repeat(50)));
  writeFileSync(path, content);
  const made = parseStamp(stamp.slice(0, 'YYYY-MM-DD_HHMM'.length)) ?? new Date(0);
  const whole = {
    category: 'server',
    createdAt: isoWithOffset(made),
    tool: 'om-ops',
    version: '0.1.0',
    host: 'test',
    source: '/srv/site/server',
    archive: `server-${stamp}.tar.gz`,
    bytes: content.length,
    sourceBytes: 500,
    files: 1,
    directories: 0,
    sha256: createHash('sha256').update(content).digest('hex'),
    excluded: [],
    skipped: [],
    durationSeconds: 0.1,
    ...sidecar,
  };
  writeFileSync(metadataPath, JSON.stringify(whole));
  return { path, metadataPath, name: `server-${stamp}.tar.gz` };
}

/** A backup made so many milliseconds from now. */
export function placeBackupIn(state: string, ms: number): PlacedBackup {
  const time = new Date(Date.now() + ms);
  return placeBackup(state, stampMinute(time), { createdAt: isoWithOffset(time) });
}

/** Cuts an archive off, so that its size shows it. */
export function cutOff({ path }: PlacedBackup): void {
  truncateSync(path, 40);
}
