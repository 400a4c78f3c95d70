import { formatCount, useClock, usePrinting } from '@om-ops/kit/page';
import { useState } from 'preact/hooks';
import type { Status } from '../../milestone.ts';
import type { ReportMilestone } from '../types.ts';
import { MilestoneCard } from './card.tsx';
import { useToday } from './today.ts';
import { dayMonth } from './words.ts';

const columns: readonly { status: Status; heading: string }[] = [
  { status: 'planned', heading: 'Planned' },
  { status: 'in_progress', heading: 'In progress' },
  { status: 'blocked', heading: 'Blocked' },
  { status: 'complete', heading: 'Complete' },
];

export function Board({ milestones }: { milestones: readonly ReportMilestone[] }) {
  return (
    <div class="board">
      {columns.map(({ status, heading }) => (
        <BoardColumn
          key={status}
          status={status}
          heading={heading}
          milestones={milestones.filter((milestone) => milestone.status === status)}
        />
      ))}
    </div>
  );
}

const firstShown = 20;
const firstComplete = 3;
const moreShown = 100;

interface BoardColumnProps {
  status: Status;
  heading: string;
  milestones: readonly ReportMilestone[];
}

/** The complete ones fold after the newest three; long columns grow when asked. */
function BoardColumn({ status, heading, milestones }: BoardColumnProps) {
  const printing = usePrinting();
  const [more, setMore] = useState(0);
  const first = status === 'complete' ? firstComplete : firstShown;
  const shown = printing ? milestones.length : first + more;
  const hidden = milestones.slice(shown);
  const id = `column-${status}`;
  return (
    <section class="board-column" aria-labelledby={id}>
      <div class="board-head">
        <h2 id={id}>{heading}</h2>
        <span class="board-count">{formatCount(milestones.length)}</span>
      </div>
      {milestones.length === 0 && <p class="board-none">None</p>}
      <ul>
        {milestones.slice(0, shown).map((milestone) => (
          <li key={milestone.id}>
            <MilestoneCard milestone={milestone} />
          </li>
        ))}
      </ul>
      {hidden.length > 0 && (
        <button type="button" class="link board-more" onClick={() => setMore(more + moreShown)}>
          <HiddenText hidden={hidden} status={status} />
        </button>
      )}
    </section>
  );
}

function HiddenText({ hidden, status }: { hidden: readonly ReportMilestone[]; status: Status }) {
  const clock = useClock();
  const today = useToday();
  const count = `Show ${formatCount(Math.min(hidden.length, moreShown))} more`;
  const of = hidden.length > moreShown ? ` of ${formatCount(hidden.length)}` : '';
  const newest = status === 'complete' ? (hidden[0]?.completedAt ?? null) : null;
  if (newest === null) return <>{`${count}${of}`}</>;
  const until = dayMonth(clock.day(newest), today, clock);
  return <>{`${count}${of}, completed until ${until}`}</>;
}
