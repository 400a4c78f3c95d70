import {
  Columns,
  CopyLine,
  plural,
  Section,
  TimeSeries,
  useClock,
  Visible,
} from '@om-ops/kit/page';
import type { RoadmapReport } from '../types.ts';
import { RecordLink } from './card.tsx';
import { useToday } from './today.ts';
import { dayWord, deedText } from './words.ts';

/** How many were done over time, and what changed last. */
export function Lately({ report }: { report: RoadmapReport }) {
  const { series, undated } = report;
  const line = (name: 'total' | 'done') =>
    series.map(({ time, ...at }) => ({ time, value: at[name] }));
  return (
    <Columns wide>
      <TimeSeries
        title="Done over time"
        about={
          undated > 0
            ? `Of all there were. When ${plural(undated, 'milestone was', 'milestones were')} made or completed is not known; they count from the beginning on.`
            : 'Of all there were.'
        }
        series={[
          { id: 'done', name: 'done', points: line('done') },
          { id: 'total', name: 'planned in all', points: line('total') },
        ]}
        unit="count"
        height={200}
        empty="It is drawn once the history knows when something was made or completed."
      />
      <Section heading="Changed lately" sheet>
        <Changes report={report} />
      </Section>
    </Columns>
  );
}

const shownChanges = 8;

function Changes({ report: { history, historyTotal } }: { report: RoadmapReport }) {
  const clock = useClock();
  const today = useToday();
  if (history.length === 0) {
    return <p class="about">Nothing was changed since om-ops keeps a history.</p>;
  }
  return (
    <>
      <ul class="lately">
        {history.slice(0, shownChanges).map((entry, at) => (
          <li key={at}>
            <time dateTime={new Date(entry.time).toISOString()} title={clock.exactTime(entry.time)}>
              {dayWord(entry.time, today, clock)}
            </time>
            <span>
              <RecordLink id={entry.id} title={entry.title} /> {deedText(entry)},{' '}
              <Visible text={entry.by} />
            </span>
          </li>
        ))}
      </ul>
      {historyTotal > shownChanges && (
        <p class="note">
          All {plural(historyTotal, 'change')}:{' '}
          <CopyLine text="om-ops roadmap history" of="the command" />
        </p>
      )}
    </>
  );
}
