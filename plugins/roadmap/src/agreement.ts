import { OpsError } from '@om-ops/kit';
import type { Milestone, MilestoneFields, Status } from './milestone.ts';

/** What a user wants changed; what is undefined stays. */
export type Patch = Partial<MilestoneFields>;

/**
 * Status and percent that agree, complete being 100 % and nothing else: what is given decides, and the other
 * follows. A milestone that is opened again gets the percent it had.
 *
 * @param percentBefore what it had before it was complete
 * @throws OpsError E_CONTRADICTION (exit `usage`)
 */
export function agreed(
  before: Pick<Milestone, 'status' | 'percent'>,
  { status, percent }: Patch,
  percentBefore: number,
): { status: Status; percent: number } {
  if (status !== undefined && percent !== undefined) {
    if ((status === 'complete') !== (percent === 100)) throw contradiction(status, percent);
    return { status, percent };
  }
  if (status !== undefined) {
    if (status === 'complete') return { status, percent: 100 };
    return { status, percent: before.percent === 100 ? percentBefore : before.percent };
  }
  if (percent === undefined) return { status: before.status, percent: before.percent };
  if (percent === 100) return { status: 'complete', percent };
  const isOpened = before.status === 'complete' || (before.status === 'planned' && percent > 0);
  return { status: isOpened ? 'in_progress' : before.status, percent };
}

function contradiction(status: Status, percent: number): OpsError {
  return new OpsError(
    'E_CONTRADICTION',
    `A milestone is complete at 100 % and only there: --status ${status} and --percent ${percent} contradict each other.`,
    { exit: 'usage', suggestions: ['Give one of the two: the other follows.'] },
  );
}
