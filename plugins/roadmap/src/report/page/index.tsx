import {
  Callout,
  CopyLine,
  EmptyState,
  FilterBar,
  formatCount,
  mountReport,
  PageHead,
  SearchBox,
  Segments,
  SelectFilter,
  useClock,
  useHash,
  useHashParam,
  useNow,
  useReport,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import { countsOf, countsText } from '../../counts.ts';
import { daysLeft, distanceText } from '../../days.ts';
import type { RoadmapReport } from '../types.ts';
import { Board } from './board.tsx';
import { RecordLink } from './card.tsx';
import { chosen, noOwner, useChoice } from './choice.ts';
import { DueLine } from './due-line.tsx';
import { Lately } from './lately.tsx';
import { RecordSection } from './record.tsx';
import './styles.css';
import { MilestoneTable } from './table.tsx';
import { useToday } from './today.ts';
import { isLate } from './words.ts';

function Page({ report }: { report: RoadmapReport }) {
  if (report.counts.total === 0) return <Nothing report={report} />;
  return (
    <>
      <Head report={report} />
      <Overdue report={report} />
      <Milestones report={report} />
      <Lately report={report} />
    </>
  );
}

const fortnightMs = 14 * 86_400_000;

function Nothing({ report }: { report: RoadmapReport }) {
  const clock = useClock();
  const due = clock.day(useNow() + fortnightMs);
  return (
    <>
      <PageHead lede="A milestone is a title. Owner, date and percent can come later." />
      <EmptyState
        title="The board is empty."
        command={`om-ops roadmap add --title 'Gallery to WebP' --due ${due}`}
      >
        Begin with what you would tell a colleague you are working on.
      </EmptyState>
      <RecordSection report={report} />
      {report.historyTotal > 0 && <Lately report={report} />}
    </>
  );
}

/** What is so on the day the page is read: something may have become late since it was made. */
function Head({ report }: { report: RoadmapReport }) {
  const today = useToday();
  const { meta } = useReport();
  const { milestones, counts } = report;
  const isWhole = milestones.length === counts.total;
  const heading = isWhole ? countsText(countsOf(milestones, today)) : meta.heading;
  return <PageHead heading={heading} lede={<Lede report={report} />} />;
}

function Lede({ report: { counts, pace } }: { report: RoadmapReport }) {
  const clock = useClock();
  const { complete } = counts.byStatus;
  const share = complete === counts.total ? '' : `${counts.percent} % of all is done. `;
  if (pace === null) return share === '' ? null : share;
  const { completed, weeks, open, end } = pace;
  return (
    <>
      {share}
      {completed} were completed in the last {weeks} weeks: at this pace the open{' '}
      {formatCount(open)} would be done by about {clock.date(end)}.
    </>
  );
}

const namedLate = 4;

function Overdue({ report: { milestones } }: { report: RoadmapReport }) {
  const today = useToday();
  const hash = useHash();
  const late = milestones.filter((milestone) => isLate(milestone, today));
  if (late.length === 0) return null;
  return (
    <div class="overdue">
      <Callout tone="bad">
        <p>
          <strong>Overdue:</strong>{' '}
          {late.slice(0, namedLate).map((milestone, at) => (
            <span key={milestone.id}>
              {at > 0 && ', '}
              <RecordLink id={milestone.id} title={milestone.title} />{' '}
              {distanceText(daysLeft(milestone, today) ?? 0)}
            </span>
          ))}
          {late.length > namedLate && (
            <>
              , and{' '}
              <button
                type="button"
                class="link"
                onClick={() => hash.set({ overdue: '1', view: 'table' }, 'push')}
              >
                {formatCount(late.length - namedLate)} more
              </button>
            </>
          )}
          .
        </p>
      </Callout>
    </div>
  );
}

const views = [
  { value: 'board', label: 'Board' },
  { value: 'timeline', label: 'Timeline' },
  { value: 'table', label: 'Table' },
];

const which = [
  { value: '', label: 'All' },
  { value: '1', label: 'Overdue' },
];

function Milestones({ report }: { report: RoadmapReport }) {
  const today = useToday();
  const hash = useHash();
  const { choice, setText, setOwner, setOverdue } = useChoice();
  const [view, setView] = useHashParam('view', 'board');
  const { milestones, counts } = report;
  const owners = useMemo(() => ownersOf(report), [report]);
  const rows = chosen(milestones, choice, today);
  const active = [choice.text !== '', choice.owner !== '', choice.onlyOverdue].filter(Boolean);
  return (
    <>
      <div class="roadmap-bar no-print">
        <SearchBox
          label="Search milestones"
          placeholder="Title, notes, owner"
          value={choice.text}
          onInput={setText}
        />
        <Segments label="Show as" value={view} choices={views} onChange={setView} />
        <FilterBar
          label="Filter milestones"
          active={active.length}
          onReset={() => {
            setText('');
            hash.set({ owner: null, overdue: null });
          }}
        >
          <SelectFilter
            label="Owner"
            value={choice.owner}
            choices={owners}
            all={`Everyone (${owners.filter(({ value }) => value !== noOwner).length})`}
            onChange={setOwner}
          />
          <Segments
            label="Which"
            value={choice.onlyOverdue ? '1' : ''}
            choices={which}
            onChange={(value) => setOverdue(value !== '')}
          />
        </FilterBar>
      </div>
      {milestones.length < counts.total && (
        <p class="note">
          {formatCount(milestones.length)} of {formatCount(counts.total)} milestones are in this
          page; all: <CopyLine text="om-ops roadmap list" of="the command" />
        </p>
      )}
      <RecordSection report={report} />
      <div class="roadmap-view">
        {rows.length === 0 ? (
          <EmptyState title="No milestone matches.">Clear some of the filters.</EmptyState>
        ) : view === 'timeline' ? (
          <DueLine milestones={rows} />
        ) : view === 'table' ? (
          <MilestoneTable milestones={rows} />
        ) : (
          <Board milestones={rows} />
        )}
      </div>
    </>
  );
}

function ownersOf({ milestones }: RoadmapReport) {
  const counts = new Map<string, number>();
  for (const { owner } of milestones) {
    counts.set(owner ?? noOwner, (counts.get(owner ?? noOwner) ?? 0) + 1);
  }
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([value, count]) => ({ value, label: value === noOwner ? 'Nobody' : value, count }));
}

mountReport<RoadmapReport>((report) => <Page report={report} />);
