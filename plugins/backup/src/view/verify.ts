import { basename } from 'node:path';
import {
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  printable,
  styleFor,
} from '@om-ops/kit/text';
import type { VerifiedBackup } from '../verify/backup.ts';

export interface VerifyView {
  backups: readonly VerifiedBackup[];
  missing: readonly string[];
  failed: readonly { message: string }[];
}

/** PASS or FAIL for each backup, and under the table what is wrong. */
export function verifyText({ backups, missing, failed }: VerifyView): string {
  const style = styleFor(process.stdout);
  const parts: string[] = [];
  if (backups.length > 0) {
    parts.push(
      formatTable<VerifiedBackup>(
        [
          {
            head: '',
            cell: ({ status }) =>
              status === 'PASS' ? style.green(status) : style.red.bold(status),
          },
          { head: 'CATEGORY', cell: ({ category }) => category },
          { head: 'FILE', cell: ({ path }) => basename(path) },
          { head: 'MADE', cell: ({ createdAt }) => formatTime(createdAt) },
          { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
          { head: 'FILES', cell: ({ files }) => formatCount(files), align: 'right' },
        ],
        backups,
      ),
    );
  }
  for (const { path, problems } of backups) {
    if (problems.length === 0) continue;
    parts.push(`${path}:\n${problems.map(({ message }) => `  ${printable(message)}`).join('\n')}`);
  }
  parts.push(...failed.map(({ message }) => printable(message)));
  if (missing.length > 0) parts.push(`No backup of: ${missing.join(', ')}`);
  return parts.join('\n\n');
}
