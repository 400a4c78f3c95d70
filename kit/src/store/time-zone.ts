const monthsApart = [0, 3, 6, 9];

/**
 * A zone in which `Intl` shows what `Date` calls local time: its IANA name, else the offset of now
 * (`+03:00`). TZ may hold anything, and of what it does not know Node makes names that `Intl` refuses
 * (`Etc/Unknown` of an empty one), none at all, or a zone on the other side of Greenwich.
 */
export function siteTimeZone(now: Date = new Date()): string {
  // Undefined for some values of TZ, whatever its type says.
  const named: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const moments = monthsApart.map(
    (months) => new Date(now.getFullYear(), now.getMonth() + months, now.getDate(), 12),
  );
  if (
    named !== undefined &&
    moments.every((moment) => offsetIn(named, moment) === localOffset(moment))
  )
    return named;
  const offset = localOffset(now);
  return offset === '+00:00' ? 'UTC' : offset;
}

/** `+03:00` */
function localOffset(moment: Date): string {
  const minutes = -moment.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${pad(hours)}:${pad(rest)}`;
}

/** Undefined when `Intl` does not take the zone. */
function offsetIn(timeZone: string, moment: Date): string | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' });
    const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value;
    return name === 'GMT' ? '+00:00' : name?.replace('GMT', '');
  } catch {
    return undefined;
  }
}
