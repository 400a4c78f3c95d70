import {
  Callout,
  type Column,
  CopyLine,
  countColumn,
  DataTable,
  EmptyState,
  Section,
  textColumn,
  timeColumn,
  Visible,
} from '@om-ops/kit/page';
import type { ChangelogReport, ReportSession } from '../types.ts';
import { CheckBadge } from './session.tsx';

/** What verification found when the page was made. */
export function RecordTab({ report }: { report: ChangelogReport }) {
  const odd = report.sessions.filter(({ check }) => check !== 'ok');
  const broken = odd.some(({ check }) => check === 'broken');
  return (
    <Section
      heading="Is the record whole?"
      about="Each entry carries the hash of the one before, so that an entry which was altered, removed, moved or put in later is found."
    >
      <div class="record">
        {broken ? (
          <Callout tone="bad">
            <p>
              Some sessions are not as om-ops wrote them. Compare them with a backup of this folder.
            </p>
          </Callout>
        ) : (
          <Callout tone="good">
            <p>
              No entry of a chained session was altered, removed or moved when this page was made.
            </p>
          </Callout>
        )}
        <p class="about">
          Sessions of the original tool have no hashes and count as unchained. Who may write to all
          files here can forge the whole chain: a copy kept elsewhere tells. To check again:{' '}
          <CopyLine text="om-ops changelog verify" of="the command" />
        </p>
        <DataTable
          id="record"
          caption="Sessions that are broken or unchained"
          showCaption
          rows={odd}
          columns={columns}
          noun="session"
          empty={<EmptyState title="Every session is chained and intact." />}
        />
      </div>
    </Section>
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
