import {
  Badge,
  CopyLine,
  Facts,
  formatCount,
  Icon,
  Section,
  Timeline,
  useClock,
  Visible,
} from '@om-ops/kit/page';
import { useEffect, useRef } from 'preact/hooks';
import { statusWords } from '../../milestone.ts';
import type { ReportMilestone, RoadmapReport } from '../types.ts';
import { PercentBar, updateCommand } from './card.tsx';
import { useRecord } from './choice.ts';
import { useToday } from './today.ts';
import { changeText, dayMonth, dayWord, deedText, dueText, isLate } from './words.ts';

/** All that is known of the milestone that was opened: what every claim about it leads to. */
export function RecordSection({ report }: { report: RoadmapReport }) {
  const [id, open] = useRecord();
  const section = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (id === '') return;
    section.current?.scrollIntoView({ block: 'nearest' });
    section.current?.focus({ preventScroll: true });
  }, [id]);
  if (id === '') return null;
  const milestone = report.milestones.find((each) => each.id === id);
  const last = report.history.find((entry) => entry.id === id);
  const heading = milestone?.title ?? last?.title ?? `No milestone has the ID ${id}`;
  return (
    <div class="record" ref={section} tabIndex={-1}>
      <Section
        heading="Record"
        sheet
        tools={
          <button
            type="button"
            class="icon-button small no-print"
            aria-label="Close the record"
            onClick={() => open(null)}
          >
            <Icon name="close" />
          </button>
        }
      >
        <h3 class="record-title" dir="auto">
          <Visible text={heading} />
        </h3>
        {milestone === undefined ? (
          <p class="about">
            {last === undefined
              ? 'This page does not know it: it may be newer than the page, or older than what fits into it.'
              : 'It is not on the roadmap any more.'}
          </p>
        ) : (
          <MilestoneFacts milestone={milestone} />
        )}
        <RecordHistory report={report} id={id} />
      </Section>
    </div>
  );
}

function MilestoneFacts({ milestone }: { milestone: ReportMilestone }) {
  const clock = useClock();
  const today = useToday();
  const { id, status, percent, owner, due, notes, createdAt, completedAt, since } = milestone;
  const distance = dueText(milestone, today, clock);
  const day = due === null ? 'no date' : dayMonth(due, today, clock);
  const sinceText = since === null ? '' : `, since ${clock.date(since)}`;
  return (
    <>
      <PercentBar milestone={milestone} />
      <Facts
        items={[
          ['Status', `${statusWords[status]}${sinceText}`],
          ['Percent', `${percent} %`],
          ['Owner', owner ?? 'nobody'],
          [
            'Due',
            <>
              {status === 'complete' || distance === day ? day : `${day}, ${distance}`}{' '}
              {isLate(milestone, today) && <Badge tone="bad">overdue</Badge>}
            </>,
          ],
          ...(completedAt === null
            ? []
            : ([['Completed', clock.dateTime(completedAt)]] as [string, string][])),
          ['Made', createdAt === null ? 'not known' : clock.dateTime(createdAt)],
        ]}
      />
      {notes !== null && (
        <p class="record-notes" dir="auto">
          <Visible text={notes} />
        </p>
      )}
      {milestone.notesLeftOut > 0 && (
        <p class="note">
          {formatCount(milestone.notesLeftOut)} more characters: om-ops roadmap list --json
        </p>
      )}
      <p class="record-command no-print">
        <CopyLine text={updateCommand(id)} of="the command to update it" />
      </p>
    </>
  );
}

function RecordHistory({ report, id }: { report: RoadmapReport; id: string }) {
  const clock = useClock();
  const today = useToday();
  const entries = report.history.filter((entry) => entry.id === id);
  if (entries.length === 0) {
    return <p class="note">Nothing of it was changed since om-ops keeps its history.</p>;
  }
  const isPart = report.history.length < report.historyTotal;
  return (
    <>
      <Timeline
        label="Its history"
        count={entries.length}
        item={(at) => {
          const entry = entries[at]!;
          const above = at > 0 ? entries[at - 1]! : undefined;
          const day = dayWord(entry.time, today, clock);
          const isNewDay = above === undefined || dayWord(above.time, today, clock) !== day;
          return {
            id: at,
            time: entry.time,
            mark: isNewDay ? day : undefined,
            title: `${deedText(entry)}, by ${entry.by}`,
            tone: entry.action === 'removed' ? 'bad' : 'neutral',
            body: (
              <ul class="record-changes">
                {entry.changes.map((change) => (
                  <li key={change.field}>
                    <Visible text={changeText(change)} />
                  </li>
                ))}
              </ul>
            ),
          };
        }}
      />
      {isPart && (
        <p class="note">
          The newest {formatCount(report.history.length)} of {formatCount(report.historyTotal)}{' '}
          changes are in this page; all of its own: om-ops roadmap history {id}
        </p>
      )}
    </>
  );
}
