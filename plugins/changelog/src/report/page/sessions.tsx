import {
  type Column,
  countColumn,
  DataTable,
  EmptyState,
  formatDuration,
  textColumn,
  timeColumn,
  useClock,
  useHash,
  useReport,
  Visible,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { ChangelogReport, ReportSession } from '../types.ts';
import { SessionFilters, useSessionFilter } from './filters.tsx';
import { lengthOf, passes, rangeOf } from './model.ts';
import { OutcomeBadge, StatusBadge, Tags } from './session.tsx';

/** Every session in a line; its title opens its timeline. */
export function SessionsTab({ report }: { report: ChangelogReport }) {
  const clock = useClock();
  const filter = useSessionFilter();
  const rows = useMemo(() => {
    const [start, end] = rangeOf(filter, clock);
    return report.sessions.filter(
      (session) => session.startedAt >= start && session.startedAt < end && passes(session, filter),
    );
  }, [report, JSON.stringify(filter)]);
  return (
    <>
      <SessionFilters report={report} />
      <DataTable
        id="sessions"
        caption="Sessions"
        rows={rows}
        columns={columns}
        noun="session"
        sort={{ column: 'started', descending: true }}
        total={rows.length === report.sessions.length ? report.totals.sessions : rows.length}
        rest="index.json"
        empty={<NoMatch />}
      />
    </>
  );
}

function NoMatch() {
  return <EmptyState title="No session matches.">Clear some of the filters.</EmptyState>;
}

/** The one way into a session: its timeline, with its facts above. */
function TitleCell({ session }: { session: ReportSession }) {
  const hash = useHash();
  return (
    <span class="session-title" dir="auto">
      <button
        type="button"
        class="link"
        title="Open its timeline"
        onClick={() => hash.set({ tab: 'timeline', session: session.id, q: null }, 'push')}
      >
        <Visible text={session.title} />
      </button>{' '}
      {session.active && <StatusBadge session={session} />} <Tags tags={session.tags} />
    </span>
  );
}

function LengthCell({ session }: { session: ReportSession }) {
  const { meta } = useReport();
  const length = lengthOf(session, Date.parse(meta.generatedAt));
  return <>{length === null ? '–' : formatDuration(length)}</>;
}

const columns: Column<ReportSession>[] = [
  timeColumn<ReportSession>('started', 'Started', ({ startedAt }) => startedAt || null),
  {
    ...textColumn<ReportSession>('title', 'Title', ({ title }) => title, {
      main: true,
      cell: (session) => <TitleCell session={session} />,
    }),
    search: ({ title, tags, summary, id }) => [title, ...tags, summary ?? '', id].join(' '),
  },
  textColumn<ReportSession>('outcome', 'Outcome', ({ outcome }) => outcome, {
    width: '7rem',
    search: false,
    cell: ({ outcome }) => <OutcomeBadge outcome={outcome} />,
  }),
  textColumn<ReportSession>('scope', 'Scope', ({ scope }) => scope, {
    width: '7rem',
    search: false,
  }),
  {
    ...countColumn<ReportSession>('length', 'Length', (session) => lengthOf(session, Date.now()), {
      width: '8rem',
    }),
    cell: (session) => <LengthCell session={session} />,
  },
  countColumn<ReportSession>('entries', 'Entries', ({ entries }) => entries, {
    bar: true,
    width: '8rem',
  }),
];
