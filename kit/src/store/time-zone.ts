/**
 * A zone in which `Intl` shows what `Date` calls local time: its IANA name, else the offset of now
 * (`+03:00`). TZ may hold anything, and of what it does not know Node makes names that `Intl` refuses
 * (`Etc/Unknown` of an empty one), none at all, or an offset with the wrong sign.
 */
export function siteTimeZone(now: Date = new Date()): string {
  // Undefined for some values of TZ, whatever its type says.
  const named: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (named !== undefined && /^[A-Z]/i.test(named) && isKnown(named)) return named;
  const minutes = -now.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${pad(hours)}:${pad(rest)}`;
}

function isKnown(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
    return true;
  } catch {
    return false;
  }
}
