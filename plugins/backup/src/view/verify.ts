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
  old: readonly { category: string; createdAt: string }[];
}

/** PASS, PARTIAL or FAIL for each backup, and under the table what is wrong or missing. */
export function verifyText({ backups, missing, failed, old }: VerifyView): string {
  const style = styleFor(process.stdout);
  const parts: string[] = [];
  if (backups.length > 0) {
    parts.push(
      formatTable<VerifiedBackup>(
        [
          {
            head: '',
            cell: ({ status }) =>
              status === 'PASS'
                ? style.green(status)
                : status === 'PARTIAL'
                  ? style.yellow(status)
                  : style.red.bold(status),
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
  for (const { path, problems, lacks } of backups) {
    const lines = [...problems.map(({ message }) => message), ...lacks];
    if (lines.length === 0) continue;
    parts.push(`${path}:\n${lines.map((line) => `  ${printable(line)}`).join('\n')}`);
  }
  for (const { category, createdAt } of old)
    parts.push(`Too old: the newest backup of ${category}, of ${formatTime(createdAt)}`);
  parts.push(...failed.map(({ message }) => printable(message)));
  if (missing.length > 0) parts.push(`No backup of: ${missing.join(', ')}`);
  return parts.join('\n\n');
}
