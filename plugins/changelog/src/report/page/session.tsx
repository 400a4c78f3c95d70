import {
  Badge,
  Callout,
  CopyButton,
  Facts,
  formatCount,
  formatDuration,
  Icon,
  Path,
  useClock,
  useReport,
  Visible,
} from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';
import type { ChangelogReport, ReportSession } from '../types.ts';
import { lengthOf } from './model.ts';
import { Prose } from './prose.tsx';

export function StatusBadge({ session }: { session: ReportSession }) {
  return session.active ? <Badge tone="accent">active</Badge> : <Badge>closed</Badge>;
}

export function OutcomeBadge({ outcome }: { outcome: string | null }) {
  if (outcome === null) return <>–</>;
  return <Badge tone={outcome === 'success' ? 'good' : 'bad'}>{outcome}</Badge>;
}

export function CheckBadge({ check }: { check: ReportSession['check'] }) {
  if (check === 'broken') return <Badge tone="bad">broken</Badge>;
  if (check === 'ok') return <Badge tone="good">intact</Badge>;
  return <Badge tone="warn">{check}</Badge>;
}

export function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <span class="labels">
      {tags.map((tag) => (
        <span key={tag} class="label">
          <Visible text={tag} />
        </span>
      ))}
    </span>
  );
}

/** What is known of a session besides its entries. */
export function SessionFacts({
  report,
  session,
}: {
  report: ChangelogReport;
  session: ReportSession;
}) {
  const clock = useClock();
  const { meta } = useReport();
  const length = lengthOf(session, Date.parse(meta.generatedAt));
  const folder = `${report.folder}/${session.path}`;
  const items: [string, ComponentChildren][] = [
    [
      'Session',
      <code>
        <Visible text={session.id} />
      </code>,
    ],
    ['Started', session.startedAt === 0 ? 'unknown' : clock.dateTime(session.startedAt)],
  ];
  if (session.closedAt !== null) items.push(['Closed', clock.dateTime(session.closedAt)]);
  if (length !== null) items.push(['Length', formatDuration(length)]);
  if (session.scope !== '') items.push(['Scope', <Visible text={session.scope} />]);
  if (session.tags.length > 0) items.push(['Tags', <Tags tags={session.tags} />]);
  items.push(['Entries', formatCount(session.entries)]);
  if (session.outcome !== null) items.push(['Outcome', <OutcomeBadge outcome={session.outcome} />]);
  items.push(['Record', <CheckBadge check={session.check} />]);
  items.push([
    'Folder',
    <>
      <Path path={folder} /> <CopyButton text={folder} of="the folder's path" />
    </>,
  ]);
  return <Facts items={items} />;
}

export function Problems({ session }: { session: ReportSession }) {
  if (session.problems.length === 0) return null;
  return (
    <Callout tone="bad">
      <p>This session is not as om-ops wrote it:</p>
      <ul class="problems">
        {session.problems.map((problem) => (
          <li key={problem}>
            <Visible text={problem} />
          </li>
        ))}
      </ul>
    </Callout>
  );
}

export function Summary({ session }: { session: ReportSession }) {
  if (session.summary === null || session.summary === '') return null;
  return <Prose text={session.summary} />;
}

/** The head of the timeline of one session. */
export function SessionHead(props: {
  report: ChangelogReport;
  session: ReportSession;
  onClose: () => void;
}) {
  const { report, session, onClose } = props;
  return (
    <section class="session-head sheet" aria-labelledby="session-title">
      <div class="session-head-top">
        <h2 id="session-title" dir="auto">
          <Visible text={session.title} /> <StatusBadge session={session} />
        </h2>
        <button type="button" class="button small no-print" onClick={onClose}>
          <Icon name="left" />
          All sessions
        </button>
      </div>
      <Summary session={session} />
      <Problems session={session} />
      <SessionFacts report={report} session={session} />
    </section>
  );
}
