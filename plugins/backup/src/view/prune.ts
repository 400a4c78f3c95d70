import { basename } from 'node:path';
import { formatBytes, formatTable, formatTime, plural, styleFor } from '@om-ops/kit/text';
import type { PrunedBackup, PruneResult } from '../retention/prune.ts';

/** What goes and what stays, with the reason for each. */
export function pruneText({ dryRun, rules, deleted, kept, freedBytes }: PruneResult): string {
  const style = styleFor(process.stdout);
  const gone = new Set(deleted);
  const rows = [...deleted, ...kept].sort(
    (a, b) =>
      a.category.localeCompare(b.category) || Date.parse(b.createdAt) - Date.parse(a.createdAt),
  );
  const summary =
    deleted.length === 0
      ? `Nothing to delete; ${plural(kept.length, 'backup')} stay${kept.length === 1 ? 's' : ''}.`
      : `${dryRun ? 'Would delete' : 'Deleted'} ${plural(deleted.length, 'backup')} (${formatBytes(freedBytes)}); ${plural(kept.length, 'backup')} stay${kept.length === 1 ? 's' : ''}.`;
  const broken = kept.filter((backup) => backup.broken).length;
  const left =
    broken === 0
      ? ''
      : ` ${plural(broken, 'broken one')} among them: broken ones take no place from good ones, and only --older-than deletes them.`;
  if (rows.length === 0) return 'There are no backups.';
  const table = formatTable<PrunedBackup>(
    [
      {
        head: '',
        cell: (row) =>
          gone.has(row) ? style.red(dryRun ? 'would go' : 'deleted') : style.green('keep'),
      },
      { head: 'CATEGORY', cell: ({ category }) => category },
      { head: 'FILE', cell: ({ path }) => basename(path) },
      { head: 'MADE', cell: ({ createdAt }) => formatTime(createdAt) },
      { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
      { head: 'WHY', cell: ({ reason }) => reason },
    ],
    rows,
  );
  return `${table}\n\nBy these rules: ${rules}.\n${summary}${left}`;
}
