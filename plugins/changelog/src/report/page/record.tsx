import {
  AllWell,
  Callout,
  type Column,
  CopyLine,
  countColumn,
  DataTable,
  plural,
  Section,
  textColumn,
  timeColumn,
  Visible,
} from '@om-ops/kit/page';
import type { ChangelogReport, ReportSession } from '../types.ts';
import { recordOf } from './record-state.ts';
import { CheckBadge } from './session.tsx';

/** What verification found when the page was made. */
export function RecordTab({ report }: { report: ChangelogReport }) {
  const odd = report.sessions.filter(({ check }) => check !== 'ok');
  return (
    <Section
      heading="Is the record whole?"
      about="Each entry carries the hash of the one before, so that an entry which was altered, removed, moved or put in later is found."
    >
      <div class="record">
        <Verdict report={report} />
        <p class="about">
          Sessions of the original tool have no hashes and count as unchained. Who may write to all
          files here can forge the whole chain: a copy kept elsewhere tells. To check again:{' '}
          <CopyLine text="om-ops changelog verify" of="the command" />
        </p>
        {odd.length > 0 && (
          <DataTable
            id="record"
            caption="Sessions that are broken or could not be checked"
            showCaption
            rows={odd}
            columns={columns}
            noun="session"
          />
        )}
      </div>
    </Section>
  );
}

function Verdict({ report }: { report: ChangelogReport }) {
  const { state, broken, unknown, intact } = recordOf(report.sessions);
  if (state === 'broken') {
    return (
      <Callout tone="bad">
        <p>
          {plural(broken, 'session is', 'sessions are')} not as om-ops wrote{' '}
          {broken === 1 ? 'it' : 'them'}. Compare with a backup of this folder.
        </p>
      </Callout>
    );
  }
  if (state === 'intact') {
    return <AllWell>No entry was altered, removed or moved when this page was made.</AllWell>;
  }
  return (
    <Callout tone="warn">
      <p>
        {state === 'unknown'
          ? 'Nothing could be checked: no session has hashes, so whether an entry was altered is unknown.'
          : `${plural(intact, 'session is', 'sessions are')} intact. ${plural(unknown, 'session has', 'sessions have')} no hashes: whether an entry of ${unknown === 1 ? 'it' : 'them'} was altered is unknown.`}
      </p>
    </Callout>
  );
}

const columns: Column<ReportSession>[] = [
  textColumn<ReportSession>('check', 'Record', ({ check }) => check, {
    width: '7rem',
    cell: ({ check }) => <CheckBadge check={check} />,
  }),
  textColumn<ReportSession>('title', 'Session', ({ title }) => title, {
    main: true,
    cell: ({ title, problems }) => (
      <>
        <Visible text={title} />
        {problems.length > 0 && (
          <ul class="problems">
            {problems.map((problem) => (
              <li key={problem}>
                <Visible text={problem} />
              </li>
            ))}
          </ul>
        )}
      </>
    ),
  }),
  timeColumn<ReportSession>('started', 'Started', ({ startedAt }) => startedAt || null),
  countColumn<ReportSession>('entries', 'Entries', ({ entries }) => entries),
];
