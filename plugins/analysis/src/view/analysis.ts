import {
  formatBytes,
  formatCount,
  formatFacts,
  formatTable,
  plural,
  printableName,
  styleFor,
} from '@om-ops/kit/text';
import type { Analysis, Recommendation, Skipped } from '../analysis.ts';

const shown = 8;

function heading(text: string): string {
  return styleFor(process.stdout).bold(text);
}

function below(path: string, root: string): string {
  const relative = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  return printableName(relative);
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
          cell: ({ fileSystem, sameAs }: (typeof notEntered)[number]) =>
            sameAs === undefined ? fileSystem : `${fileSystem}, as ${below(sameAs, path)}`,
        },
        { head: 'PATH', cell: (row: (typeof notEntered)[number]) => below(row.path, path) },
      ],
      notEntered.slice(0, shown),
    );
    parts.push(`${heading('Not entered: mount points')}\n${table}${more(notEntered.length)}`);
  }
  return parts;
}

/** What can go with what that frees, and apart from it what has to be looked at first. */
function advice({ recommendations }: Analysis): string[] {
  const canGo = recommendations.filter(({ look }) => !look);
  const toLook = recommendations.filter(({ look }) => look);
  const parts: string[] = [];
  const line = (size: string, { why, command }: Recommendation): string =>
    `${size.padStart(9)}  ${printableName(why)}\n           ${printableName(command)}`;
  const list = (
    title: string,
    all: readonly Recommendation[],
    size: (each: Recommendation) => string,
  ): string => {
    const lines = all.slice(0, shown).map((each) => line(size(each), each));
    const rest = all.length - lines.length;
    const more = rest > 0 ? `\n           … ${plural(rest, 'more', 'more')}, on the page` : '';
    return `${title}\n${lines.join('\n')}${more}`;
  };
  if (canGo.length > 0) {
    const freed = formatBytes(canGo.reduce((sum, { bytes }) => sum + bytes, 0));
    parts.push(
      list(
        `${heading('Can go')} (would free ${freed}; nothing is done for you)`,
        canGo,
        ({ bytes }) => (bytes > 0 ? formatBytes(bytes) : ''),
      ),
    );
  }
  if (toLook.length > 0)
    parts.push(
      list(
        `${heading('Look first')} (nothing proves that these can go; the commands show them, or ask for each file)`,
        toLook,
        () => '',
      ),
    );
  return parts;
}

/** One run as a person reads it in a terminal: the totals, and the top of every list. */
export function analysisText(analysis: Analysis): string {
  const { totals, junk, duplicates, stale, recent, path } = analysis;
  const parts = [
    formatFacts([
      ['run', `${analysis.run} (${analysis.scope}), ${analysis.seconds.toFixed(1)} s`],
      ['folder', printableName(path)],
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
  parts.push(...advice(analysis));
  return parts.join('\n\n');
}
