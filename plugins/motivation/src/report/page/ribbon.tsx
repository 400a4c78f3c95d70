import {
  BesideLink,
  CopyLine,
  plural,
  Section,
  useClock,
  Visible,
  visibleText,
} from '@om-ops/kit/page';
import type { DaySession, Motivation } from '../../motivation.ts';

const hour = 3_600_000;
const leastHours = 4;

/** The day as a ribbon: sessions as bars, entries as dots below them. */
export function Ribbon({ day: { sessions, counts } }: { day: Motivation }) {
  const clock = useClock();
  const moments = sessions.flatMap(({ from, to, entries }) => [
    from,
    to,
    ...entries.map(({ at }) => at),
  ]);
  const begin = Math.floor(Math.min(...moments) / hour) * hour;
  const end = Math.max(Math.ceil(Math.max(...moments) / hour) * hour, begin + leastHours * hour);
  const at = (time: number) => `${(100 * (time - begin)) / (end - begin)}%`;
  const hours = (end - begin) / hour;
  const step = hours <= 6 ? 1 : hours <= 12 ? 2 : hours <= 18 ? 3 : 4;
  const ticks = Array.from(
    { length: Math.floor(hours / step) + 1 },
    (_, index) => begin + index * step * hour,
  );
  const isOwn = sessions.some(({ entries }) => entries.some((entry) => entry.isOwn));
  return (
    <Section
      heading="The day"
      about={`A bar is a session, a dot an entry; a square one failed${isOwn ? ', a hollow one was written by om-ops' : ''}.`}
      sheet
    >
      <div class="ribbon">
        <div class="ribbon-grid" aria-hidden="true">
          {ticks.map((time) => (
            <span key={time} style={{ left: at(time) }}>
              {clock.time(time)}
            </span>
          ))}
        </div>
        <ul>
          {sessions.map((session) => (
            <li key={session.id} class="ribbon-session" data-state={stateOf(session)}>
              <p class="ribbon-title" dir="auto">
                <BesideLink href={`../${session.ref}`}>
                  <Visible text={session.title} />
                </BesideLink>{' '}
                <span class="ribbon-times">
                  {clock.time(session.from)} to {session.isOpen ? 'open' : clock.time(session.to)},{' '}
                  {wordOf(session)}
                </span>
              </p>
              <span class="ribbon-track" aria-hidden="true">
                <span
                  class="ribbon-bar"
                  style={{
                    left: at(session.from),
                    width: `calc(${at(session.to)} - ${at(session.from)})`,
                  }}
                />
                {session.entries.map((entry, index) => (
                  <span
                    key={index}
                    class="ribbon-dot"
                    data-own={entry.isOwn ? '' : undefined}
                    data-failed={entry.outcome === 'fail' ? '' : undefined}
                    title={visibleText(clock.exactTime(entry.at))}
                    style={{ left: at(entry.at) }}
                  />
                ))}
              </span>
              {session.entriesLeftOut > 0 && (
                <span class="off-screen">
                  {plural(session.entriesLeftOut, 'entry', 'entries')} more, not drawn
                </span>
              )}
            </li>
          ))}
        </ul>
      </div>
      {counts.sessions > sessions.length && (
        <p class="note">
          {plural(counts.sessions - sessions.length, 'more session')} of that day{' '}
          {counts.sessions - sessions.length === 1 ? 'is' : 'are'} not drawn:{' '}
          <CopyLine text="om-ops changelog list" of="the command that lists them" />
        </p>
      )}
    </Section>
  );
}

function stateOf({ isOpen, outcome }: DaySession): string {
  return isOpen ? 'open' : (outcome ?? 'closed');
}

function wordOf(session: DaySession): string {
  const { outcome, isOpen, entries, entriesLeftOut } = session;
  const written = entries.filter(({ isOwn }) => !isOwn).length + entriesLeftOut;
  const own = entries.length + entriesLeftOut - written;
  const count = `${plural(written, 'entry', 'entries')}${own > 0 ? ` and ${own} by om-ops` : ''}`;
  if (isOpen) return count;
  return `${count}, ${outcome === 'success' ? 'success' : outcome === 'fail' ? 'failed' : 'closed'}`;
}
