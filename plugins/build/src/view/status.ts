import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  formatTime,
  printable,
  styleFor,
} from '@om-ops/kit/text';
import type { BuildState, KeptStatus, PartStatus, RunStatus } from '../status/status.ts';

export function statusText({ parts, runs, kept }: BuildState, now = Date.now()): string {
  const style = styleFor(process.stdout);
  const paint = (state: string): string => {
    if (state === 'fresh' || state === 'done') return style.green(state);
    if (['stale', 'undone', 'running', 'unknown'].includes(state)) return style.yellow(state);
    return state === 'off' ? state : style.red.bold(state);
  };
  const dists = formatTable<PartStatus>(
    [
      { head: 'PART', cell: ({ part }) => part },
      { head: 'STATE', cell: ({ state }) => paint(state) },
      { head: 'DIST', cell: ({ path }) => path },
      { head: 'FILES', cell: ({ files }) => formatCount(files), align: 'right' },
      { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
      {
        head: 'BUILT',
        cell: ({ newest }) =>
          newest === null
            ? '–'
            : `${formatTime(newest)}, ${formatDuration(Math.max(0, now - Date.parse(newest)))} ago`,
      },
    ],
    parts,
  );
  const notes = parts
    .filter(({ state }) => state !== 'fresh')
    .map(({ part, why }) => `${part}: ${why}`);
  const branches = parts.flatMap(({ part, git }) =>
    git === null
      ? []
      : [
          `${part}: ${git.branch ?? 'detached'} at ${git.head?.slice(0, 10) ?? 'no commit'}${git.dirty === 0 ? '' : `, ⚠ ${formatCount(git.dirty)} uncommitted`}`,
        ],
  );
  const last =
    runs.length === 0
      ? 'No rebuild has been recorded.'
      : formatTable<RunStatus>(
          [
            { head: 'RUN', cell: ({ name }) => name },
            { head: 'COMMAND', cell: ({ command }) => command.replace(':', ' ') },
            { head: 'OUTCOME', cell: ({ state }) => paint(state) },
            {
              head: 'TOOK',
              cell: ({ seconds }) => (seconds === null ? '–' : formatDuration(seconds * 1000)),
              align: 'right',
            },
            {
              head: '',
              cell: ({ problem }) =>
                problem === null ? '' : printable(problem).replace(/\s+/g, ' ').slice(0, 120),
            },
          ],
          runs,
        );
  const left = kept.map(keptText);
  return [dists, [...notes, ...branches].join('\n'), last, ...left]
    .filter((one) => one !== '')
    .join('\n\n');
}

function keptText({ path, bytes, standing }: KeptStatus): string {
  return `Kept: ${path} (${formatBytes(bytes)})\n  ${standing}`;
}
