import { OpsError } from './errors.ts';

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * Milliseconds in `90s`, `30m`, `2h`, `30d`, `4w`. A bare number counts days.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function parseDuration(text: string): number {
  const match = /^(\d+)\s*(s|m|min|h|d|w)?$/.exec(text.trim());
  const unit = units[match?.[2] ?? 'd'];
  if (match === null || unit === undefined) {
    throw new OpsError('E_USAGE', `\`${text}\` is not a length of time.`, {
      exit: 'usage',
      suggestions: ['Write it as 90s, 30m, 12h, 30d or 4w.'],
    });
  }
  return Number(match[1]) * unit;
}

/**
 * The moment meant by `2h` (that long before `now`), `2026-11-22`, `2026-11-22 06:00` (the site's time
 * zone), or an ISO 8601 time.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function parseSince(text: string, now = new Date()): Date {
  if (/^\d+\s*[a-z]*$/.test(text.trim())) return new Date(now.getTime() - parseDuration(text));
  const day = /^\d{4}-\d\d-\d\d$/.test(text.trim());
  const date = new Date(day ? `${text.trim()}T00:00:00` : text.trim());
  if (Number.isNaN(date.getTime())) {
    throw new OpsError('E_USAGE', `\`${text}\` is not a point in time.`, {
      exit: 'usage',
      suggestions: ['Write it as 2h, 7d, 2026-11-22, or "2026-11-22 06:00".'],
    });
  }
  return date;
}
