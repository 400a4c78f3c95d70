import { Badge, CopyButton, useClock, Visible } from '@om-ops/kit/page';
import { daysBetween } from '../../days.ts';
import type { ReportMilestone } from '../types.ts';
import { useRecord } from './choice.ts';
import { useToday } from './today.ts';
import { dueText, isLate } from './words.ts';

/** A milestone on the board; its title opens its record. */
export function MilestoneCard({ milestone }: { milestone: ReportMilestone }) {
  const today = useToday();
  const clock = useClock();
  const { id, title, notes, status } = milestone;
  const late = isLate(milestone, today);
  return (
    <article class="milestone" data-late={late ? '' : undefined} data-status={status}>
      <div class="milestone-head">
        <h3>
          <RecordLink id={id} title={title} />
        </h3>
        <CopyButton text={updateCommand(id)} of={`the command to update ${title}`} />
      </div>
      {notes !== null && status !== 'complete' && (
        <p class="milestone-notes">
          <Visible text={notes} />
        </p>
      )}
      <PercentBar milestone={milestone} />
      <p class="milestone-foot">
        <Owner owner={milestone.owner} />
        <span>{milestone.percent}&nbsp;%</span>
        <Moved milestone={milestone} />
        <Blocked milestone={milestone} />
        {late && <Badge tone="bad">overdue</Badge>}
        <span class="milestone-due">{dueText(milestone, today, clock)}</span>
      </p>
    </article>
  );
}

export function updateCommand(id: string): string {
  const word = /^[\w.-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`;
  return `om-ops roadmap update ${word} --percent `;
}

export function RecordLink({ id, title }: { id: string; title: string }) {
  const [, open] = useRecord();
  return (
    <button type="button" class="link plain" title="Open its record" onClick={() => open(id)}>
      <bdi>
        <Visible text={title} />
      </bdi>
    </button>
  );
}

/** The words beside it say the same. */
export function PercentBar({
  milestone: { percent, status },
}: {
  milestone: Pick<ReportMilestone, 'percent' | 'status'>;
}) {
  return (
    <span class="percent-bar" data-status={status} aria-hidden="true">
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}

export function Owner({ owner }: { owner: string | null }) {
  if (owner === null) return null;
  return (
    <span class="owner" dir="auto">
      <Visible text={owner} />
    </span>
  );
}

/** What moved on the day the page is read. */
function Moved({ milestone: { moved } }: { milestone: ReportMilestone }) {
  const today = useToday();
  const clock = useClock();
  if (moved === null || clock.day(moved.at) !== today) return null;
  const by = moved.by > 0 ? `+${moved.by}` : `−${-moved.by}`;
  return <Badge tone="accent">{by} today</Badge>;
}

export function Blocked({ milestone: { status, since } }: { milestone: ReportMilestone }) {
  const today = useToday();
  const clock = useClock();
  if (status !== 'blocked') return null;
  const days = since === null ? 0 : daysBetween(clock.day(since), today);
  return <Badge tone="warn">{days < 1 ? 'blocked' : `blocked ${days}\u00a0d`}</Badge>;
}
