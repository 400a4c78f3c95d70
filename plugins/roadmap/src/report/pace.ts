import type { Pace, ReportMilestone } from './types.ts';

const dayMs = 86_400_000;
const weeks = 6;
/** Fewer are no pace. */
const fewest = 4;
/** Beyond, it says nothing. */
const longestMs = 5 * 365 * dayMs;

/** Undefined pace is null: fewer than four were completed in the last six weeks, or nothing is open. */
export function paceOf(
  milestones: readonly Pick<ReportMilestone, 'status' | 'completedAt'>[],
  now: number,
): Pace | null {
  const spanMs = weeks * 7 * dayMs;
  const completed = milestones.filter(
    ({ completedAt }) => completedAt !== null && completedAt > now - spanMs && completedAt <= now,
  ).length;
  const open = milestones.filter(({ status }) => status !== 'complete').length;
  if (completed < fewest || open === 0) return null;
  const takesMs = (spanMs / completed) * open;
  return takesMs > longestMs ? null : { weeks, completed, open, end: now + takesMs };
}
