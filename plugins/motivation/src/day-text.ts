const format = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `Tuesday 24 November 2026`. */
export function dayText(day: string): string {
  return format.format(new Date(`${day}T12:00:00Z`));
}
