import type { Streak } from './motivation.ts';

const inARow = (days: number): string =>
  days === 1
    ? '1 working day with something finished'
    : `${days} working days in a row with something finished`;

/** One sentence or two, kind and true; '' where there is nothing to say. */
export function streakText({ days, counted, kept, before }: Streak): string {
  if (counted) return `${inARow(days)}. Weekends do not count against it.`;
  if (kept === 'weekend') return days === 0 ? '' : `${inARow(days)}. A weekend does not break it.`;
  if (kept === 'not-over') return days === 0 ? '' : `${inARow(days)}. Today does not break it.`;
  return before > 1
    ? `${before} working days in a row came before; the next row begins with one.`
    : '';
}
