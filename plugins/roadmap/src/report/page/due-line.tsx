import { formatCount, Section, useClock, usePrinting } from '@om-ops/kit/page';
import { useState } from 'preact/hooks';
import type { ReportMilestone } from '../types.ts';
import { Blocked, Owner, PercentBar, RecordLink } from './card.tsx';
import { useToday } from './today.ts';
import { dayMonth, dueText, isLate } from './words.ts';

interface Group {
  key: string;
  heading: string;
  milestones: ReportMilestone[];
}

const firstShown = 100;

/** What is open, by the month it is due: what is late above, what has no date below. */
export function DueLine({ milestones }: { milestones: readonly ReportMilestone[] }) {
  const today = useToday();
  const printing = usePrinting();
  const [more, setMore] = useState(0);
  const open = milestones.filter(({ status }) => status !== 'complete');
  const limit = printing ? open.length : firstShown + more;
  const groups = groupsOf(open.slice(0, limit), today);
  if (open.length === 0) return <p class="about">Nothing of these is open.</p>;
  return (
    <>
      <ol class="due-line">
        {groups.map(({ key, heading, milestones: some }) => (
          <li key={key} data-late={key === 'late' ? '' : undefined}>
            <Section heading={heading}>
              <ul class="due-rows sheet">
                {some.map((milestone) => (
                  <li key={milestone.id}>
                    <DueRow milestone={milestone} />
                  </li>
                ))}
              </ul>
            </Section>
          </li>
        ))}
      </ol>
      {limit < open.length && (
        <button type="button" class="link" onClick={() => setMore(more + 10 * firstShown)}>
          Show {formatCount(open.length - limit)} more
        </button>
      )}
    </>
  );
}

function DueRow({ milestone }: { milestone: ReportMilestone }) {
  const clock = useClock();
  const today = useToday();
  const { id, title, owner, percent, due } = milestone;
  const distance = dueText(milestone, today, clock);
  const day = due === null ? '' : dayMonth(due, today, clock);
  return (
    <div class="due-row">
      <span class="due-day">{day}</span>
      <span class="due-title">
        <RecordLink id={id} title={title} /> <Blocked milestone={milestone} />
      </span>
      <Owner owner={owner} />
      <span class="due-percent">
        <PercentBar milestone={milestone} />
        {percent}&nbsp;%
      </span>
      <span class="due-distance">{distance === day ? '' : distance}</span>
    </div>
  );
}

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September'],
  ...['October', 'November', 'December'],
];

function groupsOf(open: readonly ReportMilestone[], today: string): Group[] {
  const groups = new Map<string, Group>();
  for (const milestone of open) {
    const key = isLate(milestone, today) ? 'late' : (milestone.due?.slice(0, 7) ?? 'none');
    const group = groups.get(key) ?? { key, heading: headingOf(key), milestones: [] };
    group.milestones.push(milestone);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function headingOf(key: string): string {
  if (key === 'late') return 'Overdue';
  if (key === 'none') return 'Without a date';
  return `${months[Number(key.slice(5)) - 1]} ${key.slice(0, 4)}`;
}
