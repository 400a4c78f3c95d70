import { formatBytes, formatCount, formatTable, printableName } from '@om-ops/kit/text';
import type { CheckedFolder, CheckResult } from '../check.ts';

export function checkText({ user, dirs }: CheckResult): string {
  const who =
    user === null
      ? 'As whom the application writes is not known.'
      : `Tried as ${user.name}, after ${user.from}.`;
  if (dirs.length === 0) return `${who}\nThe profile names no upload folders (uploads.dirs).`;
  const table = formatTable<CheckedFolder>(
    [
      { head: 'FOLDER', cell: ({ path }) => printableName(path) },
      { head: 'OWNER', cell: ({ owner, group }) => (owner === null ? '' : `${owner}:${group}`) },
      { head: 'MODE', cell: ({ mode }) => mode ?? '' },
      {
        head: 'WRITABLE',
        cell: ({ writable }) => (writable === null ? '?' : writable ? 'yes' : 'no'),
      },
      {
        head: 'FREE',
        cell: ({ freeBytes }) => (freeBytes === null ? '' : formatBytes(freeBytes)),
        align: 'right',
      },
      {
        head: 'INODES',
        cell: ({ freeInodes }) => (freeInodes === null ? '' : formatCount(freeInodes)),
        align: 'right',
      },
    ],
    dirs,
  );
  const problems = dirs
    .filter(({ problems }) => problems.length > 0)
    .map(({ path, problems }) =>
      [printableName(path), ...problems.map((one) => `  ${printableName(one)}`)].join('\n'),
    );
  return [who, '', table, ...(problems.length === 0 ? [] : ['', ...problems])].join('\n');
}
