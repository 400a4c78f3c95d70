import { isOverdue } from './days.ts';
import { type Milestone, type Status, statuses } from './milestone.ts';

export interface Counts {
  total: number;
  byStatus: Record<Status, number>;
  overdue: number;
  /** The mean of all, rounded down so that 100 means that all are complete; null without any. */
  percent: number | null;
}

export function countsOf(
  milestones: readonly Pick<Milestone, 'status' | 'percent' | 'due'>[],
  today: string,
): Counts {
  const byStatus = Object.fromEntries(statuses.map((status) => [status, 0])) as Counts['byStatus'];
  for (const { status } of milestones) byStatus[status] += 1;
  const sum = milestones.reduce((total, { percent }) => total + percent, 0);
  return {
    total: milestones.length,
    byStatus,
    overdue: milestones.filter((milestone) => isOverdue(milestone, today)).length,
    percent: milestones.length === 0 ? null : Math.floor(sum / milestones.length),
  };
}

/** `11 milestones, 4 done, one overdue`. */
export function countsText({ total, byStatus, overdue }: Counts): string {
  if (total === 0) return 'Nothing is planned yet';
  const { complete, blocked } = byStatus;
  if (complete === total)
    return total === 1 ? 'The one milestone is done' : `All ${total} milestones are done`;
  const word = (count: number): string => (count === 1 ? 'one' : String(count));
  return [
    total === 1 ? '1 milestone' : `${total.toLocaleString('en-US')} milestones`,
    complete === 0 ? 'none done' : `${complete} done`,
    ...(overdue > 0 ? [`${word(overdue)} overdue`] : []),
    ...(blocked > 0 ? [`${word(blocked)} blocked`] : []),
  ].join(', ');
}
