import type { Milestone } from './milestone.ts';

const dayMs = 86_400_000;

/** Whether the text is `YYYY-MM-DD` and there is such a day. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && dayOf(Date.parse(`${text}T00:00:00Z`)) === text;
}

function dayOf(ms: number): string | undefined {
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, 10);
}

/** Days from one `YYYY-MM-DD` to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
}

type Dated = Pick<Milestone, 'due' | 'status'>;

/** Days that are left, negative when it is late; null without a date, and for a complete one. */
export function daysLeft({ due, status }: Dated, today: string): number | null {
  return due === null || status === 'complete' ? null : daysBetween(today, due);
}

/** Its day has passed, and it is not complete. */
export function isOverdue(milestone: Dated, today: string): boolean {
  return (daysLeft(milestone, today) ?? 0) < 0;
}

/** `today`, `in 3 days`, `5 days late`. */
export function distanceText(days: number): string {
  if (days === 0) return 'today';
  const text = Math.abs(days) === 1 ? '1 day' : `${Math.abs(days)} days`;
  return days < 0 ? `${text} late` : `in ${text}`;
}
