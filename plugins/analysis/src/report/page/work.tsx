import {
  Badge,
  CopyLine,
  Fold,
  plural,
  Section,
  useClock,
  usePageThere,
  Visible,
} from '@om-ops/kit/page';
import type { AnalysisReport, WorkDay, WorkSession } from '../types.ts';

const changelogPage = '../changelog/report.html';
/** As high as the charts beside it; the changelog has all. */
const mostSessions = 5;
/** So many earlier days are listed. */
const mostDays = 14;

/** What is worked on today, from the changelog. */
export function TodaysWork({ report }: { report: AnalysisReport }) {
  const today = useClock().day(report.generatedAt);
  const now = report.work.find(({ date }) => date === today);
  const more = (now?.sessions.length ?? 0) - mostSessions;
  return (
    <Section
      sheet
      heading="Today's work"
      about={
        now
          ? `${plural(now.sessions.length, 'session')}, ${plural(now.entries, 'entry', 'entries')} so far.`
          : 'No work session was recorded on the day this page was made.'
      }
      tools={usePageThere(changelogPage) && <a href={changelogPage}>Open the changelog</a>}
    >
      {now === undefined ? (
        <CopyLine text="om-ops changelog start --title 'What I am doing'" of="the command" />
      ) : (
        <Sessions sessions={now.sessions.slice(0, mostSessions)} />
      )}
      {more > 0 && <p class="note">{plural(more, 'more session')} in the changelog.</p>}
    </Section>
  );
}

/** What was worked on before today, folded. */
export function EarlierWork({ report, from }: { report: AnalysisReport; from: number }) {
  const clock = useClock();
  const today = clock.day(report.generatedAt);
  const first = Number.isFinite(from) ? clock.day(from) : '';
  const days = report.work.filter(({ date }) => date >= first && date < today);
  if (days.length === 0) return null;
  const left = days.length - mostDays;
  return (
    <Fold label={`Work of ${plural(days.length, 'day')} before`}>
      {() => (
        <>
          <div class="work-days">
            {days.slice(0, mostDays).map((day) => (
              <Day key={day.date} day={day} />
            ))}
          </div>
          {left > 0 && <p class="note">{plural(left, 'earlier day')} in the changelog.</p>}
        </>
      )}
    </Fold>
  );
}

function Day({ day }: { day: WorkDay }) {
  const clock = useClock();
  return (
    <div class="work-day">
      <h3>
        {clock.date(clock.startOfDay(day.date))}{' '}
        <span class="work-count">
          {plural(day.sessions.length, 'session')} · {plural(day.entries, 'entry', 'entries')}
        </span>
      </h3>
      <Sessions sessions={day.sessions} />
    </div>
  );
}

function Sessions({ sessions }: { sessions: readonly WorkSession[] }) {
  const linked = usePageThere(changelogPage);
  return (
    <ul class="work">
      {sessions.map((session) => (
        <li key={session.id}>
          <Outcome session={session} />
          <bdi class="work-title">
            {linked ? (
              <a href={`${changelogPage}#tab=timeline&session=${encodeURIComponent(session.id)}`}>
                <Visible text={session.title} />
              </a>
            ) : (
              <Visible text={session.title} />
            )}
          </bdi>
          <span class="work-count">{plural(session.entries, 'entry', 'entries')}</span>
        </li>
      ))}
    </ul>
  );
}

function Outcome({ session }: { session: WorkSession }) {
  if (session.status === 'ACTIVE') return <Badge tone="accent">active</Badge>;
  if (session.outcome === 'success') return <Badge tone="good">success</Badge>;
  if (session.outcome === 'fail') return <Badge tone="bad">failed</Badge>;
  return <Badge>closed</Badge>;
}
