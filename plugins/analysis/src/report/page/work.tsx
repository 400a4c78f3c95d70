import { Badge, EmptyState, plural, Section, useClock, Visible } from '@om-ops/kit/page';
import type { AnalysisReport, WorkDay, WorkSession } from '../types.ts';

/** So many days are listed; the changelog has all. */
const mostDays = 7;

/** What was worked on, from the changelog: today first. */
export function Work({ report, from }: { report: AnalysisReport; from: number }) {
  const clock = useClock();
  const today = clock.day(report.generatedAt);
  const first = Number.isFinite(from) ? clock.day(from) : '';
  const days = report.work.filter(({ date }) => date >= first);
  const now = days.find(({ date }) => date === today);
  return (
    <Section
      sheet
      heading="Today's work"
      about={
        now
          ? `${plural(now.sessions.length, 'session')}, ${plural(now.entries, 'entry', 'entries')} so far.`
          : 'No work session was recorded today.'
      }
      tools={
        report.changelogLink === undefined ? undefined : (
          <a href={report.changelogLink}>Open the changelog</a>
        )
      }
    >
      {days.length === 0 && (
        <EmptyState
          title="No work session in this range."
          command="om-ops changelog start --title 'What I am doing'"
        />
      )}
      {days.slice(0, mostDays).map((day) => (
        <Day
          key={day.date}
          day={day}
          title={day.date === today ? 'Today' : clock.date(clock.startOfDay(day.date))}
        />
      ))}
      {days.length > mostDays && (
        <p class="note">{plural(days.length - mostDays, 'earlier day')} in the changelog.</p>
      )}
    </Section>
  );
}

function Day({ day, title }: { day: WorkDay; title: string }) {
  return (
    <div class="work-day">
      <h3>
        {title}{' '}
        <span class="work-count">
          {plural(day.sessions.length, 'session')} · {plural(day.entries, 'entry', 'entries')}
        </span>
      </h3>
      <ul>
        {day.sessions.map((session) => (
          <li key={session.id}>
            <Outcome session={session} />
            <bdi class="work-title">
              {session.link === undefined ? (
                <Visible text={session.title} />
              ) : (
                <a href={session.link}>
                  <Visible text={session.title} />
                </a>
              )}
            </bdi>
            <span class="work-count">{plural(session.entries, 'entry', 'entries')}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Outcome({ session }: { session: WorkSession }) {
  if (session.status === 'ACTIVE') return <Badge tone="accent">active</Badge>;
  if (session.outcome === 'success') return <Badge tone="good">success</Badge>;
  if (session.outcome === 'fail') return <Badge tone="bad">failed</Badge>;
  return <Badge>closed</Badge>;
}
