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

const ageUnits: Readonly<Record<string, number>> = {
  ...units,
  // Rather too long than too short: what is kept a day longer is no loss.
  mo: 31 * 86_400_000,
  y: 366 * 86_400_000,
};

/**
 * Milliseconds in an age: as `parseDuration`, with `6mo` and `1y` (31 and 366 days). A bare `m` is
 * refused: who deletes what is older than `6m` means months, and would lose what is six minutes old.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function parseAge(text: string): number {
  const match = /^(\d+)\s*(s|m|min|h|d|w|mo|y)?$/.exec(text.trim());
  const unit = match?.[2] === 'm' ? undefined : ageUnits[match?.[2] ?? 'd'];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  const count = match?.[1];
  throw count === undefined
    ? new OpsError('E_USAGE', `\`${text}\` is not a length of time.`, {
        exit: 'usage',
        suggestions: ['Write it as 12h, 30d, 4w, 6mo or 1y.'],
      })
    : new OpsError('E_USAGE', `\`${text}\`: minutes or months?`, {
        exit: 'usage',
        suggestions: [`Months are ${count}mo, minutes ${count}min; else 26w or 180d.`],
      });
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
