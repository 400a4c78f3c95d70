import { isoWithOffset, type Lane, type LoggedOperation, type TimeRange } from '@om-ops/kit';
import type { Session } from '@om-ops/kit/journal';
import { formatDuration } from '@om-ops/kit/text';
import type { Level, Timeline, TimelineEvent, TimelineLane } from './summary.ts';

const mostEvents = 300;

export interface TimelineParts {
  range: TimeRange;
  lanes: readonly Lane[];
  /** What om-ops did, oldest first. */
  operations: readonly LoggedOperation[];
  sessions: readonly Session[];
  /** The changelog's page, below STATE. */
  changelogPage: string | null;
}

/** How the checks were through a time, and what was done meanwhile. */
export function timelineOf({ range, lanes, ...done }: TimelineParts): Timeline {
  const events = [...operationEvents(done), ...sessionEvents(range, done)].sort(
    (one, other) => Date.parse(one.at) - Date.parse(other.at),
  );
  return {
    since: isoWithOffset(range.since),
    until: isoWithOffset(range.until),
    lanes: lanes.map(laneOf),
    events: events.slice(-mostEvents),
    eventsLeftOut: Math.max(0, events.length - mostEvents),
  };
}

function laneOf({ check, title, spans }: Lane): TimelineLane {
  const known = spans.filter(({ level }) => level !== 'off');
  const length = (only?: Level): number =>
    known
      .filter(({ level }) => only === undefined || level === only)
      .reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0);
  const watched = length() - length('unknown');
  return {
    check,
    title,
    spans: known.map(({ from, to, level }) => ({ from, to, level: level as Level })),
    healthy: watched > 0 ? length('healthy') / watched : null,
  };
}

function operationEvents({ operations }: Pick<TimelineParts, 'operations'>): TimelineEvent[] {
  return operations.map(({ time, command, args, exit, seconds, user }) => ({
    at: time,
    kind: command,
    text: `${[command.replaceAll(':', ' '), shownArgs(args)].filter(Boolean).join(' ')}${seconds >= 1 ? `, ${formatDuration(seconds * 1000)}` : ''}`,
    outcome:
      exit === 0 || exit === 7
        ? 'done'
        : exit === 6
          ? 'unwell'
          : exit === 130
            ? 'interrupted'
            : 'failed',
    by: user === '' ? null : user,
    href: null,
  }));
}

const silentFlags = /(?:^| )--(?:json|quiet|confirm(?:=| )(?:'[^']*'|\S+)|site(?:=| )\S+)(?= |$)/g;

function shownArgs(args: string): string {
  return args.replace(silentFlags, '').trim();
}

function sessionEvents(
  { since, until }: TimeRange,
  { sessions, changelogPage }: Pick<TimelineParts, 'sessions' | 'changelogPage'>,
): TimelineEvent[] {
  const isWithin = (time: string | null) =>
    time !== null && Date.parse(time) >= since.getTime() && Date.parse(time) <= until.getTime();
  return sessions.flatMap(({ session_id, title, started_at, closed_at, outcome }) => {
    const event = {
      kind: 'session',
      by: null,
      href:
        changelogPage === null
          ? null
          : `${changelogPage}#${new URLSearchParams({ tab: 'timeline', session: session_id })}`,
    };
    return [
      ...(isWithin(started_at)
        ? [{ ...event, at: started_at, text: `session “${title}” began`, outcome: null }]
        : []),
      ...(closed_at !== null && isWithin(closed_at)
        ? [
            {
              ...event,
              at: closed_at,
              text: `session “${title}” was closed`,
              outcome:
                outcome === 'fail'
                  ? ('failed' as const)
                  : outcome === 'success'
                    ? ('done' as const)
                    : null,
            },
          ]
        : []),
    ];
  });
}
