import { formatDuration, formatTable, formatTime, plural, printableName } from '@om-ops/kit/text';
import type { PastRun } from '../history.ts';
import type { JobRecord } from '../run/run.ts';

const secondsText = (seconds: number | null) =>
  seconds === null ? '' : formatDuration(seconds * 1000);

export function runsText(runs: readonly PastRun[]): string {
  if (runs.length === 0) return 'No run is kept.';
  return formatTable<PastRun>(
    [
      { head: 'JOB', cell: ({ job }) => job },
      { head: 'RUN', cell: ({ run }) => run },
      { head: 'BEGAN', cell: ({ startedAt }) => (startedAt === '' ? '' : formatTime(startedAt)) },
      { head: 'STATE', cell: ({ state }) => state },
      { head: 'EXIT', cell: ({ exit }) => (exit === null ? '' : `${exit}`), align: 'right' },
      { head: 'TOOK', cell: ({ seconds }) => secondsText(seconds), align: 'right' },
      { head: 'MEANING', cell: ({ meaning }) => printableName(meaning ?? '') },
    ],
    runs,
  );
}

export function runText(run: JobRecord): string {
  if (run.state === 'skipped') return `${run.job} was skipped: ${run.meaning}.`;
  const how =
    run.state === 'done' ? 'went well' : run.exit === null ? 'did not come to its end' : 'failed';
  const code = run.exit === null ? '' : ` with exit code ${run.exit}`;
  return [
    `${run.job} ${how}${code}${run.seconds === null ? '' : ` in ${secondsText(run.seconds)}`}${run.meaning === null ? '' : `: ${printableName(run.meaning)}`}.`,
    ...run.lastLines.map((line) => `  ${printableName(line)}`),
    ...(run.log === null ? [] : [`All it printed: ${run.log}`]),
  ].join('\n');
}

export function successText(percent: number | null, runs: number): string {
  return percent === null ? '' : `${percent} % of ${plural(runs, 'run')} went well.`;
}
