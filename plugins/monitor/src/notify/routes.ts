import type { Line } from '../rules/alert.ts';
import { rankOf } from '../rules/pass.ts';
import type { NotifySection, Route } from '../site/notify.ts';

export interface Routed {
  channel: string;
  lines: Line[];
  /** When the first may be sent; later than `now` outside of the hours of its route. */
  notBefore: Date;
}

/**
 * Who gets which lines, and when. A route takes its level and what is worse; its hours are for its own level only,
 * so that what is worse never waits. Without routes every channel gets everything.
 */
export function routed(
  lines: readonly Line[],
  { channels, routes }: Pick<NotifySection, 'channels' | 'routes'>,
  now: Date,
): Routed[] {
  const names = Object.keys(channels);
  const all: readonly Route[] =
    routes.length === 0 && names.length > 0 ? [{ level: 'warning', to: names }] : routes;
  const found = new Map<string, Routed>();
  for (const line of lines) {
    for (const channel of names) {
      const times = all
        .filter(({ level, to }) => to.includes(channel) && rankOf(line.level) >= rankOf(level))
        .map((route) => (route.level === line.level ? nextWithin(route.hours, now) : now));
      if (times.length === 0) continue;
      const first = new Date(Math.min(...times.map((time) => time.getTime())));
      // What may go now does not wait for what may not.
      const key = `${channel} ${first.getTime()}`;
      const one = found.get(key) ?? { channel, lines: [], notBefore: first };
      one.lines.push(line);
      found.set(key, one);
    }
  }
  return [...found.values()];
}

/** `now` if it lies within the hours, else when they begin next. */
function nextWithin(hours: string | undefined, now: Date): Date {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(hours ?? '');
  if (match === null) return now;
  const [fromHour, fromMinute, toHour, toMinute] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const minute = now.getHours() * 60 + now.getMinutes();
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute];
  const isWithin = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  if (isWithin || from === to) return now;
  const begin = new Date(now);
  begin.setHours(fromHour, fromMinute, 0, 0);
  if (begin <= now) begin.setDate(begin.getDate() + 1);
  return begin;
}
