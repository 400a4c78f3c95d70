import type { State } from '@om-ops/kit';
import { formatDuration, formatTable, plural, printable } from '@om-ops/kit/text';
import { byLevel } from '../checks/watched-check.ts';
import type { Pass, PassCheck } from '../pass/pass.ts';
import { levelWord } from './level.ts';

/** The worst first; what the site does not use stands in one line. */
export function checkText({
  checks,
  level,
  score,
  counts,
  durationMs,
}: Pick<Pass, 'checks' | 'level' | 'score' | 'counts' | 'durationMs'>): string {
  const shown = checks
    .filter((one) => one.level !== 'off')
    .sort((one, other) => byLevel(one.level, other.level));
  const off = checks.filter((one) => one.level === 'off').map(({ id }) => id);
  const table = formatTable(
    [
      { head: 'LEVEL', cell: (one) => levelWord(one.level) },
      { head: 'CHECK', cell: ({ id }) => id },
      {
        head: 'FOUND',
        cell: ({ text, stale, at }) =>
          `${printable(text)}${stale ? ` (seen ${at.slice(11, 16)})` : ''}`,
      },
    ],
    shown,
  );
  return [
    table,
    '',
    ...(off.length === 0 ? [] : [`Not used here: ${off.join(', ')}`]),
    summary(level, counts, score, durationMs),
    ...next(shown),
  ].join('\n');
}

export function countsText(counts: Record<State, number>): string {
  return (['critical', 'unknown', 'warning', 'healthy'] as const)
    .filter((level) => counts[level] > 0)
    .map((level) => `${counts[level]} ${level}`)
    .join(', ');
}

function summary(
  level: State,
  counts: Record<State, number>,
  score: number | null,
  ms: number,
): string {
  const all = counts.critical + counts.unknown + counts.warning + counts.healthy;
  const services = score === null ? '' : `; ${score}% of the services are well`;
  return `${levelWord(level)}: ${countsText(counts)} of ${plural(all, 'check')} in ${formatDuration(ms)}${services}.`;
}

function next(checks: readonly PassCheck[]): string[] {
  const bad = checks.filter(({ level }) => level !== 'healthy');
  const lines = [...new Set(bad.flatMap(({ command }) => command ?? []))].map(
    (command) => `  ${command}`,
  );
  return lines.length === 0 ? [] : ['', 'To see more:', ...lines];
}
