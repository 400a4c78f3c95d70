import {
  Badge,
  BesideLink,
  CopyLine,
  Fold,
  formatCount,
  Lanes,
  plural,
  Section,
  StateMark,
  spanLength,
  useClock,
  Visible,
} from '@om-ops/kit/page';
import type { TimelineEvent } from '../../summary.ts';
import type { SummaryReport } from '../types.ts';

/** The lanes of the checks with what was done below them, so that cause and effect stand under each other. */
export function LastDay({ report }: { report: SummaryReport }) {
  const { lanes, events } = report.timeline;
  if (lanes.length === 0 && events.length === 0 && report.watch === null) return null;
  return (
    <Section
      heading="Last 24 hours"
      about={
        lanes.length > 0
          ? 'Thin: healthy · thicker: warning · full height: critical · dashed: unknown, or nobody watched. At the right: how much of the time it was seen it was healthy. A mark below is something that was done.'
          : undefined
      }
    >
      <div class="sheet">
        {lanes.length > 0 && <Drawn report={report} />}
        {report.watch !== null && lanes.length === 0 && (
          <p class="about">The checks have nothing to show of these 24 hours.</p>
        )}
        <Events report={report} />
      </div>
    </Section>
  );
}

const drawnLanes = 14;

function Drawn({ report }: { report: SummaryReport }) {
  const { since, until, lanes, events } = report.timeline;
  const rows = lanes.map(({ check, ...lane }) => ({ key: check, ...lane }));
  const marks = events.map(({ at, text }) => ({ at, text }));
  const rest = rows.slice(drawnLanes);
  return (
    <>
      <Lanes since={since} until={until} lanes={rows.slice(0, drawnLanes)} marks={marks} />
      {rest.length > 0 && (
        <Fold label={`${plural(rest.length, 'more check')}`}>
          {() => <Lanes since={since} until={until} lanes={rest} marks={[]} />}
        </Fold>
      )}
      <Unwell report={report} />
    </>
  );
}

const listedSpans = 60;

/** The same in words, with the command that tells why. */
function Unwell({ report: { timeline, leftOut } }: { report: SummaryReport }) {
  const clock = useClock();
  const all = timeline.lanes
    .flatMap(({ check, title, spans }) =>
      spans.filter(({ level }) => level !== 'healthy').map((span) => ({ check, title, ...span })),
    )
    .sort((one, other) => Date.parse(other.from) - Date.parse(one.from));
  if (all.length === 0) return null;
  return (
    <Fold label={`${plural(all.length, 'time')} something was not healthy`}>
      {() => (
        <>
          <ul class="happened">
            {all.slice(0, listedSpans).map((span) => (
              <li key={`${span.check} ${span.from}`}>
                <time dateTime={span.from}>{clock.time(span.from)}</time>
                <span>
                  <StateMark state={span.level} /> <Visible text={span.title} />: {span.level} for{' '}
                  {spanLength(span)}{' '}
                  <CopyLine
                    text={`om-ops health explain ${span.check}`}
                    of="the command that explains it"
                  />
                </span>
              </li>
            ))}
          </ul>
          {(all.length > listedSpans || leftOut.spans > 0) && (
            <p class="note">
              Short times that follow each other are drawn as one. All of it: om-ops alert list
              --since 24h
            </p>
          )}
        </>
      )}
    </Fold>
  );
}

const shownEvents = 6;

function Events({ report: { timeline } }: { report: SummaryReport }) {
  const { events, eventsLeftOut } = timeline;
  const newest = events.toReversed();
  if (newest.length === 0)
    return <p class="about events">Nothing was done with om-ops in these 24 hours.</p>;
  return (
    <div class="events">
      <h3>What was done</h3>
      <EventList events={newest.slice(0, shownEvents)} />
      {newest.length > shownEvents && (
        <Fold label={`${plural(newest.length - shownEvents, 'thing')} before`}>
          {() => <EventList events={newest.slice(shownEvents)} />}
        </Fold>
      )}
      <p class="note">
        {eventsLeftOut > 0 && `${formatCount(eventsLeftOut)} older ones are not in this page. `}
        With user, length and exit code:{' '}
        <CopyLine text="om-ops log show --since 24h" of="the command that shows the log" />
      </p>
    </div>
  );
}

const words = { unwell: 'found something', failed: 'failed', interrupted: 'interrupted' } as const;

function EventList({ events }: { events: readonly TimelineEvent[] }) {
  const clock = useClock();
  return (
    <ul class="happened">
      {events.map(({ at, text, outcome, by, href }, index) => (
        <li key={index}>
          <time dateTime={at} title={clock.dateTime(at)}>
            {clock.time(at)}
          </time>
          <span dir="auto">
            <BesideLink href={href}>
              <Visible text={text} />
            </BesideLink>
            {by !== null && (
              <>
                , <Visible text={by} />
              </>
            )}{' '}
            {outcome !== null && outcome !== 'done' && (
              <Badge tone={outcome === 'failed' ? 'bad' : 'warn'}>{words[outcome]}</Badge>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
