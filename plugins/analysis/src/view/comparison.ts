import { formatBytes, formatCount, formatTable, printableName, styleFor } from '@om-ops/kit/text';
import type { Change, Comparison, Delta } from '../run/compare.ts';

const shown = 10;

function signed(delta: number, format: (value: number) => string): string {
  return `${delta > 0 ? '+' : delta < 0 ? '−' : ''}${format(Math.abs(delta))}`;
}

function changes(head: string, list: readonly Change[], count: number, root: string): string[] {
  if (count === 0) return [];
  const style = styleFor(process.stdout);
  const table = formatTable<Change>(
    [
      { head: 'CHANGE', cell: ({ delta }) => signed(delta, formatBytes), align: 'right' },
      { head: 'NOW', cell: ({ after }) => formatBytes(after), align: 'right' },
      {
        head: 'WHAT',
        cell: ({ path, kind, delta, unlessUpTo }) =>
          printableName(
            `${path === root ? '.' : path.slice(root.length + 1)}${kind === 'directory' ? '/' : ''}`,
          ) +
          (unlessUpTo === undefined
            ? ''
            : ` (or ${delta > 0 ? 'was' : 'is'} ${formatBytes(unlessUpTo)} or less)`),
      },
    ],
    list.slice(0, shown),
  );
  const rest = count - Math.min(shown, list.length);
  return [
    `${style.bold(head)}\n${table}${rest > 0 ? `\n  … ${formatCount(rest)} more, with --json` : ''}`,
  ];
}

/** What grew, shrank, came and went between two runs. */
export function comparisonText(comparison: Comparison): string {
  const { run, against, path, totals, counts } = comparison;
  const rows: [string, Delta, (value: number) => string][] = [
    ['size', totals.bytes, formatBytes],
    ['files', totals.files, formatCount],
    ['junk', totals.junkBytes, formatBytes],
    ['stale files', totals.staleFiles, formatCount],
    ['duplicates', totals.duplicateBytes, formatBytes],
  ];
  const table = formatTable<(typeof rows)[number]>(
    [
      { head: '', cell: ([name]) => name },
      { head: 'BEFORE', cell: ([, { before }, format]) => format(before), align: 'right' },
      { head: 'NOW', cell: ([, { after }, format]) => format(after), align: 'right' },
      { head: 'CHANGE', cell: ([, { delta }, format]) => signed(delta, format), align: 'right' },
    ],
    rows,
  );
  return [
    `${printableName(path)}: ${run} against ${against}\n\n${table}`,
    ...changes('Grew', comparison.grew, counts.grew, path),
    ...changes('Shrank', comparison.shrank, counts.shrank, path),
    ...changes('Came', comparison.came, counts.came, path),
    ...changes('Went', comparison.went, counts.went, path),
    ...comparison.limits.map((limit) => `Note: ${limit}`),
  ].join('\n\n');
}
