import type { State } from '@om-ops/kit';
import { byLevel } from '../checks/watched-check.ts';
import type { Pass, PassCheck } from '../pass/pass.ts';
import { countsText } from './check.ts';

const codes: Readonly<Record<State, number>> = {
  healthy: 0,
  off: 0,
  warning: 1,
  critical: 2,
  unknown: 3,
};
const words = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** The exit code that Nagios and its relatives read. */
export function nagiosCode(level: State): number {
  return codes[level];
}

/** One line with what is bad and the numbers, then a line for each check that is not well. */
export function nagiosText({ checks, level, counts }: Pass): string {
  const bad = checks
    .filter((one) => one.level !== 'healthy' && one.level !== 'off')
    .sort((one, other) => byLevel(one.level, other.level));
  const [worst] = bad;
  const said =
    worst === undefined ? countsText(counts) || 'nothing was looked at' : plain(worst.text);
  const numbers = checks.flatMap(performance);
  const first = `OM-OPS ${words[nagiosCode(level)]} - ${said}${numbers.length === 0 ? '' : ` | ${numbers.join(' ')}`}`;
  return [
    first,
    ...bad.map((one) => `${words[nagiosCode(one.level)]}: ${one.id}: ${plain(one.text)}`),
  ].join('\n');
}

/** A bar begins the numbers, and a line feed another line. */
export const plain = (text: string): string =>
  text.replace(/\|/g, '/').replace(/\s*[\r\n]+\s*/g, ' ');

const units: Readonly<Record<string, string>> = { percent: '%', bytes: 'B', ms: 'ms' };

function performance({ id, value, unit, thresholds }: PassCheck): string[] {
  if (value === null) return [];
  const label = `'${id.replaceAll("'", "''").replaceAll('=', '_').replaceAll('|', '_')}'`;
  // A range of its own: below so much is bad.
  const range = (limit: number | null | undefined) =>
    limit === null || limit === undefined
      ? ''
      : thresholds?.when === 'below'
        ? `${limit}:`
        : String(limit);
  const limits = [range(thresholds?.warning), range(thresholds?.critical)];
  return [`${label}=${value}${units[unit ?? ''] ?? ''};${limits.join(';')}`.replace(/;+$/, '')];
}
