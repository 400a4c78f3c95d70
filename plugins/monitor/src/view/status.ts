import {
  formatBytes,
  formatDuration,
  formatFacts,
  formatTable,
  formatTime,
  printable,
} from '@om-ops/kit/text';
import type { WatchStatus } from '../pass/status.ts';
import { amountText } from './amount.ts';
import { countsText } from './check.ts';
import { levelWord } from './level.ts';

/** One line that can be believed, then what is not well. */
export function statusText(status: WatchStatus, isDetailed: boolean): string {
  const { site, level, at, everyMs, ageSeconds, counts, checks, own } = status;
  const head = `${site}: ${levelWord(level)}`;
  if (at === null || ageSeconds === null || everyMs === null)
    return `${head}. Nobody has looked yet: om-ops health check`;
  const age =
    ageSeconds < 0
      ? `at ${formatTime(at)}, which is still to come`
      : `${formatDuration(ageSeconds * 1000)} ago`;
  const lines = status.stale
    ? [
        `${head}. The last look was ${age}, and the next was due after ${formatDuration(everyMs)}.`,
        `Seen then: ${countsText(counts)}. Look anew: om-ops health check`,
      ]
    : [`${head}, seen ${age}: ${countsText(counts)}.`];
  const shown = isDetailed ? checks.filter((one) => one.level !== 'off') : checks;
  return [
    ...lines,
    ...(shown.length === 0 ? [] : ['', table(shown, isDetailed)]),
    ...costLines(own),
  ].join('\n');
}

function table(checks: WatchStatus['checks'], isDetailed: boolean): string {
  return formatTable(
    [
      { head: 'LEVEL', cell: (one) => levelWord(one.level) },
      { head: 'CHECK', cell: ({ id }) => id },
      ...(isDetailed
        ? [
            {
              head: 'VALUE',
              cell: (one: WatchStatus['checks'][number]) => amountText(one.value, one.unit),
              align: 'right' as const,
            },
          ]
        : []),
      { head: 'SINCE', cell: ({ since }) => formatTime(since) },
      { head: 'FOUND', cell: ({ text }) => printable(text) },
    ],
    checks,
  );
}

function costLines(own: WatchStatus['own']): string[] {
  if (own === undefined || own === null) return [];
  const { cpuPercent, rssBytes, bytesPerDay } = own;
  return [
    '',
    formatFacts([
      [
        'watching takes',
        `${cpuPercent}% of a processor, ${formatBytes(rssBytes)} of memory while it looks, ${formatBytes(bytesPerDay)} of history a day`,
      ],
    ]),
  ];
}
