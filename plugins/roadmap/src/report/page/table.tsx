import {
  type Column,
  copyColumn,
  countColumn,
  DataTable,
  EmptyState,
  textColumn,
  timeColumn,
  useClock,
  Visible,
} from '@om-ops/kit/page';
import { statusWords } from '../../milestone.ts';
import type { ReportMilestone } from '../types.ts';
import { Owner, RecordLink, updateCommand } from './card.tsx';
import { useToday } from './today.ts';
import { dayMonth, dueText } from './words.ts';

export function MilestoneTable({ milestones }: { milestones: readonly ReportMilestone[] }) {
  return (
    <DataTable
      id="milestones"
      caption="Milestones"
      rows={milestones}
      columns={columns}
      noun="milestone"
      searchable={false}
      empty={<EmptyState title="No milestone matches." />}
    />
  );
}

function DueCell({ milestone }: { milestone: ReportMilestone }) {
  const clock = useClock();
  const today = useToday();
  const { due } = milestone;
  if (due === null) return <>–</>;
  const day = dayMonth(due, today, clock);
  const distance = milestone.status === 'complete' ? day : dueText(milestone, today, clock);
  return <>{distance === day ? day : `${day}, ${distance}`}</>;
}

const columns: Column<ReportMilestone>[] = [
  textColumn<ReportMilestone>('title', 'Title', ({ title }) => title, {
    main: true,
    cell: ({ id, title }) => <RecordLink id={id} title={title} />,
  }),
  textColumn<ReportMilestone>('status', 'Status', ({ status }) => statusWords[status], {
    width: '7.5rem',
  }),
  countColumn<ReportMilestone>('percent', '%', ({ percent }) => percent, { width: '5rem' }),
  textColumn<ReportMilestone>('owner', 'Owner', ({ owner }) => owner, {
    width: '10rem',
    cell: ({ owner }) => (owner === null ? '–' : <Owner owner={owner} />),
  }),
  textColumn<ReportMilestone>('due', 'Due', ({ due }) => due, {
    width: '11rem',
    cell: (milestone) => <DueCell milestone={milestone} />,
  }),
  timeColumn<ReportMilestone>('updated', 'Changed', ({ updatedAt }) => updatedAt, {
    dateOnly: true,
  }),
  textColumn<ReportMilestone>('id', 'ID', ({ id }) => id, {
    width: '6rem',
    cell: ({ id }) => (
      <code>
        <Visible text={id} />
      </code>
    ),
  }),
  copyColumn<ReportMilestone>(
    'copy',
    'Copy',
    ({ id }) => updateCommand(id),
    ({ title }) => `the command to update ${title}`,
  ),
];
