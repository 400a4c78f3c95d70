import { basename } from 'node:path';
import {
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  plural,
  styleFor,
} from '@om-ops/kit/text';
import type { Backup, BackupState } from '../catalog/catalog.ts';

/** The backups as a table, a summary under it. */
export function listText(backups: readonly Backup[], state: string): string {
  if (backups.length === 0)
    return `There are no backups in ${state}.\nMake one: om-ops backup run --all`;
  const style = styleFor(process.stdout);
  const paint: Record<BackupState, (text: string) => string> = {
    complete: style.green,
    partial: style.yellow,
    doubtful: style.yellow,
    renamed: style.yellow,
    'no-metadata': style.yellow,
    unreadable: style.yellow,
    'size-differs': style.red,
    'not-a-file': style.red,
    'archive-missing': style.red,
  };
  const isShared = backups.some(({ belongs }) => belongs === 'other' || belongs === 'moved');
  const table = formatTable<Backup>(
    [
      { head: 'CATEGORY', cell: ({ category }) => category },
      { head: 'FILE', cell: ({ path }) => basename(path) },
      { head: 'MADE', cell: ({ createdAt }) => formatTime(createdAt) },
      { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
      {
        head: 'FILES',
        cell: ({ files }) => (files === null ? '?' : formatCount(files)),
        align: 'right',
      },
      {
        head: 'SHA-256',
        cell: ({ sha256 }) => (sha256 === null ? '?' : `${sha256.slice(0, 12)}…`),
      },
      { head: 'STATE', cell: ({ state }) => paint[state](state) },
      ...(isShared ? [{ head: 'OF', cell: ofWhom }] : []),
    ],
    backups,
  );
  const bytes = backups.reduce((sum, backup) => sum + backup.bytes, 0);
  return `${table}\n\n${plural(backups.length, 'backup')}, ${formatBytes(bytes)} in ${state}`;
}

/** Only shown where backups of several sites, hosts or places lie together. */
function ofWhom({ belongs, site, host, source }: Backup): string {
  if (belongs === 'own') return 'this site';
  if (belongs === 'unknown') return '?';
  if (belongs === 'moved') return `this site, when it was ${source ?? 'elsewhere'}`;
  return [site ?? 'another site', host === null ? '' : `on ${host}`, source ?? '']
    .filter((word) => word !== '')
    .join(' ');
}
