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
  visibleText,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { ChangelogReport, ReportSession } from '../types.ts';
import { SessionFilters, useSessionFilter } from './filters.tsx';
import { lengthOf, passes, rangeOf } from './model.ts';
import { OutcomeBadge, Problems, SessionFacts, StatusBadge, Summary, Tags } from './session.tsx';

/** Every session in a line; its facts open below it, its entries in the timeline. */
export function SessionsTab({ report }: { report: ChangelogReport }) {
  const clock = useClock();
  const filter = useSessionFilter();
  const rows = useMemo(() => {
    const [start, end] = rangeOf(filter, clock);
    return report.sessions.filter(
      (session) => session.startedAt >= start && session.startedAt < end && passes(session, filter),
    );
  }, [report, JSON.stringify(filter)]);
  const isEmpty = report.sessions.length === 0;
  return (
    <>
      {!isEmpty && <SessionFilters report={report} />}
      <DataTable
        id="sessions"
        caption="Sessions"
        rows={rows}
        columns={columns}
        noun="session"
        sort={{ column: 'started', descending: true }}
        total={rows.length === report.sessions.length ? report.totals.sessions : rows.length}
        rest="index.json"
        detail={(session) => () => <Detail report={report} session={session} />}
        detailLabel={({ title }) => `Facts of ${title}`}
        empty={isEmpty ? <NoSessions /> : <NoMatch />}
      />
    </>
  );
}

function NoSessions() {
  return (
    <EmptyState title="There are no sessions yet." command={'om-ops changelog start --title "…"'}>
      A session bundles what is done for one purpose: prompts, results, decisions, commands.
    </EmptyState>
  );
}

function NoMatch() {
  return <EmptyState title="No session matches.">Clear some of the filters.</EmptyState>;
}

function Detail({ report, session }: { report: ChangelogReport; session: ReportSession }) {
  return (
    <div class="session-detail">
      <Summary session={session} />
      <Problems session={session} />
      <SessionFacts report={report} session={session} />
    </div>
  );
}

function TitleCell({ session }: { session: ReportSession }) {
  return (
    <span class="session-title" dir="auto">
      <Visible text={session.title} /> <Tags tags={session.tags} />
    </span>
  );
}

function LengthCell({ session }: { session: ReportSession }) {
  const { meta } = useReport();
  const length = lengthOf(session, Date.parse(meta.generatedAt));
  return <>{length === null ? '–' : formatDuration(length)}</>;
}

function OpenCell({ session }: { session: ReportSession }) {
  const hash = useHash();
  return (
    <button
      type="button"
      class="button small no-print"
      aria-label={`Open the timeline of ${visibleText(session.title)}`}
      onClick={() => hash.set({ tab: 'timeline', session: session.id, q: null }, 'push')}
    >
      Open
    </button>
  );
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
  textColumn<ReportSession>('status', 'Status', ({ active }) => (active ? 'active' : 'closed'), {
    width: '6rem',
    search: false,
    cell: (session) => <StatusBadge session={session} />,
  }),
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
  {
    ...textColumn<ReportSession>('open', 'Timeline', () => null, {
      width: '5.5rem',
      sortable: false,
      search: false,
      cell: (session) => <OpenCell session={session} />,
    }),
    role: 'last',
    align: 'end',
  },
];
