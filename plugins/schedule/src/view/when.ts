import { formatDuration } from '@om-ops/kit/text';

const days: Record<string, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** `daily 02:30`, `Sundays 04:00`, `the 1st 03:00`, `every 30m`. */
export function cadenceWords({
  every,
  at,
  on,
}: {
  every: string;
  at: string | null;
  on: string | number | null;
}): string {
  if (every === 'day') return `daily ${at}`;
  if (every === 'week') return `${days[String(on)]}s ${at}`;
  if (every === 'month') return `monthly on day ${on}, ${at}`;
  return `every ${every}`;
}

const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `03:30` of today, `Sun 04:00` within a week, else the date. In the site's time zone. */
export function momentText(time: string | Date, now: Date): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return clock;
  const away = Math.abs(date.getTime() - now.getTime());
  if (away < 6 * 86_400_000) return `${names[date.getDay()]} ${clock}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** `in 5 min`, `3 h ago`, `now`. */
export function distanceText(time: string | Date, now: Date): string {
  const ms = new Date(time).getTime() - now.getTime();
  if (Math.abs(ms) < 1000) return 'now';
  const length = formatDuration(Math.abs(ms));
  return ms > 0 ? `in ${length}` : `${length} ago`;
}
