import type { MetricUnit, State } from '@om-ops/kit';
import { formatDuration, formatTable, formatTime, plural } from '@om-ops/kit/text';
import type { Thresholds } from '../pass/pass.ts';
import { amountText } from './amount.ts';
import { levelWord } from './level.ts';

export interface ListedCheck {
  id: string;
  title: string;
  kind: 'gauge' | 'service' | 'age' | 'event';
  /** As it was seen last; null: it was not looked at yet. */
  level: State | null;
  value: number | null;
  unit: MetricUnit | null;
  thresholds: Thresholds | null;
  /** Where the thresholds come from. */
  source: string;
  /** How long what it finds is good for; null: it is looked at in each pass. */
  everyMs: number | null;
  /** When it was looked at last, and since when it is so; ISO 8601 with offset. */
  last: string | null;
  since: string | null;
  /** Ids of the checks that it hangs on. */
  after: readonly string[];
  tags: readonly string[];
  runbook: string | null;
  command: string | null;
}

export function listText(checks: readonly ListedCheck[]): string {
  const table = formatTable(
    [
      { head: 'CHECK', cell: ({ id }) => id },
      { head: 'LEVEL', cell: ({ level }) => (level === null ? '–' : levelWord(level)) },
      { head: 'VALUE', cell: ({ value, unit }) => amountText(value, unit), align: 'right' },
      { head: 'WARNING', cell: (one) => limit(one, 'warning'), align: 'right' },
      { head: 'CRITICAL', cell: (one) => limit(one, 'critical'), align: 'right' },
      { head: 'FROM', cell: ({ source }) => source },
      {
        head: 'EVERY',
        cell: ({ everyMs }) => (everyMs === null ? 'pass' : formatDuration(everyMs)),
      },
      { head: 'LAST', cell: ({ last }) => (last === null ? 'never' : formatTime(last)) },
      { head: 'AFTER', cell: ({ after }) => after.join(', ') },
      { head: 'RUNBOOK', cell: ({ runbook }) => runbook ?? '' },
    ],
    checks,
  );
  return `${table}\n${plural(checks.length, 'check')}`;
}

function limit({ thresholds, unit }: ListedCheck, level: 'warning' | 'critical'): string {
  const value = thresholds?.[level] ?? null;
  if (value === null) return '';
  return `${thresholds?.when === 'below' ? '<' : '≥'} ${amountText(value, unit)}`;
}
