import {
  formatBytes,
  formatCount,
  formatFacts,
  formatTable,
  plural,
  printable,
  styleFor,
} from '@om-ops/kit/text';
import type { Analysis, Skipped } from '../analysis.ts';

const shown = 8;

function heading(text: string): string {
  return styleFor(process.stdout).bold(text);
}

function below(path: string, root: string): string {
  const relative = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  return printable(relative);
}

/** What the numbers lack, by name. */
function leftOut({ skipped, notEntered, path }: Analysis): string[] {
  const parts: string[] = [];
  const more = (count: number): string =>
    count > shown ? `\n  … ${plural(count - shown, 'more', 'more')}, with --json` : '';
  if (skipped.count > 0) {
    const table = formatTable(
      [
        { head: 'WHY', cell: ({ reason, code }: Skipped) => code ?? reason },
        { head: 'PATH', cell: (row: Skipped) => below(row.path, path) },
      ],
      skipped.items.slice(0, shown),
    );
    parts.push(`${heading('Not read')}\n${table}${more(skipped.count)}`);
  }
  if (notEntered.length > 0) {
    const table = formatTable(
      [
        {
          head: 'FILE SYSTEM',
          cell: ({ fileSystem }: (typeof notEntered)[number]) => fileSystem,
        },
        { head: 'PATH', cell: (row: (typeof notEntered)[number]) => below(row.path, path) },
      ],
      notEntered.slice(0, shown),
    );
    parts.push(`${heading('Not entered: other file systems')}\n${table}${more(notEntered.length)}`);
  }
  return parts;
}

/** One run as a person reads it in a terminal: the totals, and the top of every list. */
export function analysisText(analysis: Analysis): string {
  const { totals, junk, duplicates, stale, recent, path } = analysis;
  const parts = [
    formatFacts([
      ['run', `${analysis.run} (${analysis.scope}), ${analysis.seconds.toFixed(1)} s`],
      ['folder', printable(path)],
      [
        'size',
        `${formatBytes(totals.bytes)} in ${plural(totals.files, 'file')}, ${plural(totals.directories, 'folder')}; ${formatBytes(totals.diskBytes)} on disk`,
      ],
      ['junk', `${formatBytes(junk.bytes)} in ${plural(junk.files, 'file')}`],
      [
        'duplicates',
        `${formatBytes(duplicates.wastedBytes)} wasted in ${plural(duplicates.groupCount, 'group')} (${duplicates.mode})`,
      ],
      [
        'stale',
        `${formatBytes(stale.bytes)} in ${plural(stale.files, 'file')}, unchanged for ${stale.days} days`,
      ],
      [
        'changed',
        `${formatCount(recent['24h'].files)} in 24 h, ${formatCount(recent['7d'].files)} in 7 days, ${formatCount(recent['30d'].files)} in 30 days`,
      ],
    ]),
  ];
  if (junk.categories.length > 0) {
    parts.push(
      `${heading('Junk')}\n${formatTable(
        [
          { head: 'CATEGORY', cell: ({ category }: (typeof junk.categories)[number]) => category },
          { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
          { head: 'FILES', cell: ({ files }) => formatCount(files), align: 'right' },
          { head: 'PLACES', cell: ({ items }) => formatCount(items), align: 'right' },
        ],
        junk.categories,
      )}`,
    );
  }
  parts.push(...leftOut(analysis));
  const folders = analysis.largestDirectories.filter((row) => row.path !== path).slice(0, shown);
  if (folders.length > 0) {
    parts.push(
      `${heading('Largest folders')}\n${formatTable(
        [
          {
            head: 'SIZE',
            cell: ({ bytes }: (typeof folders)[number]) => formatBytes(bytes),
            align: 'right',
          },
          { head: 'FILES', cell: ({ files }) => formatCount(files), align: 'right' },
          { head: 'FOLDER', cell: (row) => below(row.path, path) },
        ],
        folders,
      )}`,
    );
  }
  const { recommendations } = analysis;
  if (recommendations.length > 0) {
    const lines = recommendations
      .slice(0, shown)
      .map(
        ({ bytes, why, command }) =>
          `${formatBytes(bytes).padStart(9)}  ${printable(why)}\n           ${printable(command)}`,
      );
    const rest = recommendations.length - lines.length;
    parts.push(
      `${heading('Recommendations')} (nothing is done for you; look before you run one)\n${lines.join('\n')}${rest > 0 ? `\n           … ${plural(rest, 'more', 'more')}, on the page` : ''}`,
    );
  }
  return parts.join('\n\n');
}
