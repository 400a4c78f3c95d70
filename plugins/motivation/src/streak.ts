import { dayAfter, isWeekend } from './days.ts';
import type { Streak } from './motivation.ts';

/** No record goes back further than this. */
const longest = 5 * 366;

/**
 * Working days in a row on which something was finished. A weekend does not count against it and for it
 * when something was finished; a day that is not over does not break it.
 */
export function streakOf(
  date: string,
  finished: ReadonlyMap<string, number>,
  isToday: boolean,
): Streak {
  const counted = (finished.get(date) ?? 0) > 0;
  const kept = counted ? null : isWeekend(date) ? 'weekend' : isToday ? 'not-over' : null;
  const before = lengthUpTo(dayAfter(date, -1), finished);
  if (counted) return { days: before + 1, counted, kept, before };
  return { days: kept === null ? 0 : before, counted, kept, before };
}

function lengthUpTo(last: string, finished: ReadonlyMap<string, number>): number {
  let days = 0;
  let day = last;
  for (let looked = 0; looked < longest; looked++) {
    if ((finished.get(day) ?? 0) > 0) days++;
    else if (!isWeekend(day)) break;
    day = dayAfter(day, -1);
  }
  return days;
}
