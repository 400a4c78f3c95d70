import {
  formatDuration,
  formatFacts,
  formatTable,
  formatTime,
  plural,
  printable,
  printableName,
  styleFor,
} from '@om-ops/kit/text';
import type { ListedAlert } from '../alerts/open-alerts.ts';
import type { Level } from '../rules/pass.ts';

export function levelText(level: Level): string {
  const { red, yellow } = styleFor(process.stdout);
  return level === 'critical' ? red(level) : yellow(level);
}

export interface AlertRow {
  id: string;
  key: string;
  level: Level;
  state: 'firing' | 'resolved';
  since: string;
  resolvedAt: string | null;
  text: string;
  /** Who has taken it, who is not to be told, and why. */
  marks: readonly string[];
}

export function alertTable(rows: readonly AlertRow[]): string {
  return formatTable(
    [
      { head: 'ID', cell: ({ id }) => printableName(id) },
      {
        head: 'LEVEL',
        cell: ({ level, state }) => (state === 'firing' ? levelText(level) : level),
      },
      { head: 'STATE', cell: ({ state }) => state },
      { head: 'SINCE', cell: ({ since }) => formatTime(since) },
      {
        head: 'LASTED',
        cell: ({ since, resolvedAt }) =>
          resolvedAt === null ? '' : formatDuration(Date.parse(resolvedAt) - Date.parse(since)),
      },
      { head: 'CHECK', cell: ({ key }) => printableName(key) },
      {
        head: 'WHAT',
        cell: ({ text, marks }) =>
          [printableName(text), ...marks.map((mark) => `[${printableName(mark)}]`)].join(' '),
      },
    ],
    rows,
  );
}

/** What stands beside an open alert, in words. */
export function marksOf(alert: ListedAlert): string[] {
  const { acknowledged, silencedUntil, heldBy, stale, flapping } = alert;
  const marks: string[] = [];
  if (acknowledged !== null) {
    const until = acknowledged.until === null ? '' : ` until ${formatTime(acknowledged.until)}`;
    const note = acknowledged.note === null ? '' : `: ${acknowledged.note}`;
    marks.push(`taken by ${acknowledged.by}${until}${note}`);
  }
  if (silencedUntil !== null) marks.push(`silenced until ${formatTime(silencedUntil)}`);
  if (heldBy !== null) marks.push(`waits for ${heldBy}`);
  if (flapping) marks.push('flapping');
  if (stale) marks.push('not seen lately');
  return marks;
}

/** `2 alerts are open, 1 critical`. */
export function openText(alerts: readonly { level: Level }[]): string {
  if (alerts.length === 0) return 'No alert is open';
  const critical = alerts.filter(({ level }) => level === 'critical').length;
  return `${plural(alerts.length, 'alert is', 'alerts are')} open${critical === 0 ? '' : `, ${critical} critical`}`;
}

export function factsText(facts: readonly (readonly [string, string | null])[]): string {
  return formatFacts(
    facts.flatMap(([name, value]) =>
      value === null ? [] : [[name, printable(value).replaceAll('\n', ' ')] as const],
    ),
  );
}
