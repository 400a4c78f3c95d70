import { dayStamp, OpsError } from '@om-ops/kit';

/** The first moment of a day in the site's zone. */
export function beginOf(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date);
}

export function dayAfter(day: string, days = 1): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return dayStamp(new Date(year, month - 1, date + days));
}

export function dayOf(time: string | null): string | null {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? null : dayStamp(new Date(ms));
}

/** 0 is Monday. */
export function weekdayOf(day: string): number {
  return (beginOf(day).getDay() + 6) % 7;
}

export function isWeekend(day: string): boolean {
  return weekdayOf(day) > 4;
}

/** Days from one to another, however long each of them is. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/**
 * The day that somebody means; today without a word.
 *
 * @throws OpsError E_BAD_DATE (exit `usage`)
 */
export function givenDay(text: string | undefined, now: Date): string {
  const today = dayStamp(now);
  const given = text?.trim();
  if (given === undefined || given === 'today') return today;
  if (given === 'yesterday') return dayAfter(today, -1);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(given) && dayAfter(given, 0) === given;
  if (!isDay) throw badDate(`--date ${JSON.stringify(text)} is no day that there is.`, today);
  if (given > today) throw badDate(`${given} is still to come.`, today);
  return given;
}

function badDate(message: string, today: string): OpsError {
  return new OpsError('E_BAD_DATE', message, {
    exit: 'usage',
    suggestions: [`Give it as YYYY-MM-DD: --date ${today}; or as \`yesterday\`.`],
  });
}
