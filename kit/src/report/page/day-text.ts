import type { Clock } from './clock.ts';

/** `14 Nov 2026` for `2026-11-14`. */
export function dayText(day: string, clock: Clock): string {
  return clock.date(clock.startOfDay(day));
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `2026-11-14` for what was typed: that itself, `14 Nov 2026`, `14 November 2026`; '' for nothing; undefined for no day. */
export function readDay(typed: string): string | undefined {
  const text = typed.trim().toLowerCase();
  if (text === '') return '';
  const [, iso] = /^(\d{4}-\d\d-\d\d)$/.exec(text) ?? [];
  if (iso !== undefined) return isDay(iso) ? iso : undefined;
  const [, day = '', month = '', year = ''] =
    /^(\d{1,2})\.? +([a-z]{3,})\.? +(\d{4})$/.exec(text) ?? [];
  const at = months.indexOf(month.slice(0, 3));
  const written = `${year}-${String(at + 1).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return at >= 0 && isDay(written) ? written : undefined;
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
