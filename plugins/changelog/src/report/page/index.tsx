import {
  Callout,
  Card,
  Cards,
  CopyLine,
  EmptyState,
  formatCount,
  formatDuration,
  Loading,
  mountReport,
  PageHead,
  plural,
  Tabs,
  useClock,
  useEmbedded,
  useHash,
  useHashParam,
  useReport,
  Visible,
} from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';
import type { ChangelogReport, Marks, ReportSession } from '../types.ts';
import { ActivityTab } from './activity.tsx';
import { type Entries, lengthOf, readEntries } from './model.ts';
import { RecordTab } from './record.tsx';
import { recordOf } from './record-state.ts';
import { SessionsTab } from './sessions.tsx';
import './styles.css';
import { TextsProvider } from './texts.tsx';
import { TimelineTab } from './timeline.tsx';

function Page({ report }: { report: ChangelogReport }) {
  const { sessions, entries } = report.totals;
  if (sessions === 0) return <Nothing />;
  return (
    <TextsProvider>
      <PageHead lede={<Lede report={report} />} />
      <UnknownSession report={report} />
      <Active report={report} />
      <Figures report={report} />
      <Tabs
        label="Parts of the changelog"
        tabs={[
          {
            id: 'sessions',
            label: 'Sessions',
            count: sessions,
            content: () => <SessionsTab report={report} />,
          },
          {
            id: 'timeline',
            label: 'Timeline',
            count: entries,
            content: () =>
              withEntries(report, (all) => <TimelineTab report={report} entries={all} />),
          },
          {
            id: 'activity',
            label: 'Activity',
            content: () =>
              withEntries(report, (all) => <ActivityTab report={report} entries={all} />),
          },
          { id: 'record', label: 'Integrity', content: () => <RecordTab report={report} /> },
        ]}
      />
    </TextsProvider>
  );
}

/** One place says how to begin: there is nothing to fill tabs with. */
function Nothing() {
  return (
    <>
      <PageHead />
      <EmptyState title="There are no sessions yet." command={'om-ops changelog start --title "…"'}>
        A session bundles what is done for one purpose: prompts, results, decisions, commands. While
        it is active, every audited command adds an entry by itself.
      </EmptyState>
    </>
  );
}

function withEntries(report: ChangelogReport, draw: (entries: Entries) => ComponentChildren) {
  return <WithEntries report={report} draw={draw} />;
}

function WithEntries(props: {
  report: ChangelogReport;
  draw: (entries: Entries) => ComponentChildren;
}) {
  const marks = useEmbedded<Entries, Marks>('marks', (raw) => readEntries(props.report, raw));
  if (marks.state === 'loading') return <Loading what="the entries" />;
  if (marks.state === 'failed') {
    return (
      <Callout tone="bad">
        <p>{marks.message}</p>
      </Callout>
    );
  }
  return <>{props.draw(marks.value)}</>;
}

function Lede({ report }: { report: ChangelogReport }) {
  const clock = useClock();
  const dated = report.sessions.filter(({ startedAt }) => startedAt > 0);
  const [newest, oldest] = [dated[0], dated.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const [from, to] = [clock.date(oldest.startedAt), clock.date(newest.startedAt)];
  return (
    <>What was asked, decided and done {from === to ? `on ${from}` : `from ${from} to ${to}`}.</>
  );
}

/** A link may name a session that is newer than the page, or too old to be in it. */
function UnknownSession({ report: { sessions, totals } }: { report: ChangelogReport }) {
  const { meta, clock } = useReport();
  const hash = useHash();
  const [id] = useHashParam('session');
  if (id === '' || sessions.some((session) => session.id === id)) return null;
  return (
    <div class="unknown-session">
      <Callout tone="warn">
        <p role="alert">
          This page does not have the session{' '}
          <code>
            <Visible text={id} />
          </code>
          . It was made at {clock.dateTime(meta.generatedAt)}
          {totals.sessions > sessions.length &&
            ` with the newest ${formatCount(sessions.length)} of ${formatCount(totals.sessions)} sessions`}
          ; this makes it anew: <CopyLine text="om-ops changelog report" of="the command" />{' '}
          <button type="button" class="link no-print" onClick={() => hash.set({ session: null })}>
            Show what it has
          </button>
        </p>
      </Callout>
    </div>
  );
}

function Active({ report }: { report: ChangelogReport }) {
  const clock = useClock();
  const hash = useHash();
  const active = report.sessions.find((session) => session.active);
  if (active === undefined) return null;
  return (
    <div class="active-session">
      <Callout>
        <p>
          <strong>Active:</strong> <Visible text={active.title} />, since{' '}
          {clock.dateTime(active.startedAt)}, {plural(active.entries, 'entry', 'entries')}.{' '}
          <button
            type="button"
            class="link no-print"
            onClick={() => hash.set({ tab: 'timeline', session: active.id }, 'push')}
          >
            Open its timeline
          </button>
        </p>
      </Callout>
    </div>
  );
}

function Figures({ report }: { report: ChangelogReport }) {
  const { meta } = useReport();
  const { sessions, totals } = report;
  const madeAt = Date.parse(meta.generatedAt);
  const week = sessions.filter(({ startedAt }) => madeAt - startedAt < 7 * 86_400_000);
  const count = (outcome: string): number =>
    sessions.filter((session) => session.outcome === outcome).length;
  const failed = count('fail');
  return (
    <Cards label="Totals">
      <Card
        label="Sessions"
        value={totals.sessions}
        note={inWeek(week.length, totals.sessions, formatCount)}
      />
      <Card
        label="Entries"
        value={totals.entries}
        note={inWeek(sum(week), totals.entries, formatCount)}
      />
      <Card
        label="Succeeded"
        value={count('success')}
        suffix={`of ${formatCount(totals.sessions)}`}
        note={failed > 0 ? `${formatCount(failed)} failed` : 'none failed'}
        tone={failed > 0 ? 'warn' : 'neutral'}
      />
      <Card
        label="Time in sessions"
        value={formatDuration(worked(sessions, madeAt))}
        note={inWeek(worked(week, madeAt), worked(sessions, madeAt), formatDuration)}
      />
      <RecordCard sessions={sessions} />
    </Cards>
  );
}

/** Of what was done in the last week, unless that is all there is. */
function inWeek(week: number, all: number, write: (value: number) => string): string {
  return week === all ? 'all in 7 days' : `${write(week)} in 7 days`;
}

function RecordCard({ sessions }: { sessions: readonly ReportSession[] }) {
  const { state, broken, unknown } = recordOf(sessions);
  if (state === 'broken')
    return <Card label="Record" value="Broken" tone="bad" note={plural(broken, 'session')} />;
  if (state === 'intact')
    return <Card label="Record" value="Intact" tone="good" note="every hash agrees" />;
  return (
    <Card
      label="Record"
      value={state === 'unknown' ? 'Unknown' : 'Partly known'}
      tone="warn"
      note={
        state === 'unknown' ? 'no session has hashes' : `${formatCount(unknown)} without hashes`
      }
    />
  );
}

function sum(sessions: readonly ReportSession[]): number {
  return sessions.reduce((total, { entries }) => total + entries, 0);
}

function worked(sessions: readonly ReportSession[], madeAt: number): number {
  return sessions.reduce((total, session) => total + (lengthOf(session, madeAt) ?? 0), 0);
}

mountReport<ChangelogReport>((report) => <Page report={report} />);
