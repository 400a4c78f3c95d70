import type { Clock } from '@om-ops/kit/page';
import { daysBetween, daysLeft, distanceText, isOverdue } from '../../days.ts';
import { type FieldChange, type Status, statuses, statusWords } from '../../milestone.ts';
import type { ReportEntry, ReportMilestone } from '../types.ts';

/** Further away, a date says more than a number of days. */
const nearDays = 14;

/** `in 6 days`, `20 Dec`, `5 days late`, `done 24 Nov, 3 days early`. */
export function dueText(milestone: ReportMilestone, today: string, clock: Clock): string {
  const { due, status, completedAt } = milestone;
  if (status === 'complete') {
    if (completedAt === null) return '';
    const done = dayMonth(clock.day(completedAt), today, clock);
    const early = due === null ? 0 : daysBetween(clock.day(completedAt), due);
    if (early === 0) return done;
    return `${done}, ${Math.abs(early)}\u00a0d ${early > 0 ? 'early' : 'late'}`;
  }
  const left = daysLeft(milestone, today);
  if (due === null || left === null) return 'no date';
  return left <= nearDays ? distanceText(left) : dayMonth(due, today, clock);
}

/** `20 Dec`; of another year `12 Jan 2027`. */
export function dayMonth(day: string, today: string, clock: Clock): string {
  const noon = clock.startOfDay(day) + 12 * 3_600_000;
  return day.slice(0, 4) === today.slice(0, 4) ? clock.dayMonth(noon) : clock.date(noon);
}

/** `today`, `yesterday`, `19 Nov`. */
export function dayWord(time: number, today: string, clock: Clock): string {
  const day = clock.day(time);
  const ago = daysBetween(day, today);
  if (ago === 0) return 'today';
  return ago === 1 ? 'yesterday' : dayMonth(day, today, clock);
}

export function isLate(milestone: ReportMilestone, today: string): boolean {
  return isOverdue(milestone, today);
}

/** What an entry did, as the end of a sentence about its milestone. */
export function deedText({ action, changes }: Pick<ReportEntry, 'action' | 'changes'>): string {
  const percent = changes.find(({ field }) => field === 'percent');
  const status = changes.find(({ field }) => field === 'status');
  if (action === 'removed') return 'removed';
  if (action === 'added') return 'added';
  if (changes.some(({ field, from }) => field === 'title' && from === null)) return 'imported';
  if (status !== undefined) return wordOf(status.to);
  if (percent !== undefined) return `${percent.from} → ${percent.to}\u00a0%`;
  return `${changes.map(({ field }) => field).join(', ')} changed`;
}

/** `Percent 30 → 42`. */
export function changeText({ field, from, to }: FieldChange): string {
  const write = (value: string | number | null): string =>
    value === null ? 'none' : field === 'status' ? wordOf(value) : String(value);
  const name = field.charAt(0).toUpperCase() + field.slice(1);
  return from === null ? `${name}: ${write(to)}` : `${name}: ${write(from)} → ${write(to)}`;
}

function wordOf(value: unknown): string {
  const known: Status | undefined = statuses.find((status) => status === value);
  return known === undefined ? String(value) : statusWords[known];
}
