const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** `YYYY-MM-DD` in the time zone of the process, which is the site's. */
export function dayStamp(date: Date): string {
  return `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** `HHMMSS` in the site's time zone. */
export function clockStamp(date: Date): string {
  return `${pad(date.getHours())}${pad(date.getMinutes())}${pad(date.getSeconds())}`;
}

/** `YYYY-MM-DD_HHMM` in the site's time zone, as backups are named. */
export function stampMinute(date: Date): string {
  return `${dayStamp(date)}_${clockStamp(date).slice(0, 4)}`;
}

/** `YYYY-MM-DD_HHMMSS` in the site's time zone, as run folders are named. */
export function stampSecond(date: Date): string {
  return `${dayStamp(date)}_${clockStamp(date)}`;
}

/** ISO 8601 with milliseconds and the offset of the site's time zone: `2026-11-22T06:07:08.123+02:00`. */
export function isoWithOffset(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset);
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${dayStamp(date)}T${clock}.${pad(date.getMilliseconds(), 3)}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

const stampPattern = /^(\d{4})-(\d\d)-(\d\d)_(\d\d)(\d\d)(\d\d)?$/;

/** The moment a `stampMinute` or `stampSecond` stands for; undefined when the text is neither, or no real date. */
export function parseStamp(text: string): Date | undefined {
  const match = stampPattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match
    .slice(1)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  const date = new Date(year, month - 1, day, hour, minute, second);
  // new Date() rolls 31 February over into March; a name that does so was not made by us.
  return date.getMonth() === month - 1 && date.getDate() === day && minute < 60 && second < 60
    ? date
    : undefined;
}

// A day inside of the years 0 to 9999, for the offset: beyond them ISO 8601 has no form that all read.
const earliestMs = -62_167_219_200_000 + 86_400_000;
const latestMs = 253_402_300_799_999 - 86_400_000;

/** True for a time in milliseconds since 1970 that `isoWithOffset` can write: some file systems have others. */
export function fitsDate(ms: number): boolean {
  return ms >= earliestMs && ms <= latestMs;
}

/** `isoWithOffset` of a time in milliseconds since 1970; null when it does not fit a date. */
export function isoOrNull(ms: number): string | null {
  return fitsDate(ms) ? isoWithOffset(new Date(ms)) : null;
}
