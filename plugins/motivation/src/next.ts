import { noteOf } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { sessionsOn } from './counts.ts';
import { dayOf, daysBetween } from './days.ts';
import { clock, dayMonth } from './deeds.ts';
import type { Known } from './known.ts';
import type { Deed, Next } from './motivation.ts';

const mostNext = 5;

/** What can be begun with: what is open, what is not well, what failed, what is due. */
export function nextOf(known: Known, setbacks: readonly Deed[]): Next[] {
  const all = [...openSession(known), ...notWell(known), ...failed(setbacks), ...due(known)];
  return all.length > 0 ? all.slice(0, mostNext) : [start];
}

const start: Next = {
  kind: 'start',
  text: 'A session of your own',
  mark: 'new',
  tone: 'neutral',
  ref: null,
  command: "om-ops changelog start --title '…'",
};

function openSession({ sessions, now }: Known): Next[] {
  const active = sessions.findLast(({ isActive }) => isActive);
  if (active === undefined) return [];
  const day = dayOf(new Date(active.startedAt).toISOString()) ?? '';
  const days = daysBetween(day, dayOf(now.toISOString()) ?? day);
  const since = days === 0 ? clock(active.startedAt) : dayMonth(day);
  return [
    {
      kind: 'session',
      text: `“${active.title}”, open since ${since}`,
      mark: 'open',
      tone: 'accent',
      ref: active.ref,
      command: null,
    },
  ];
}

/** Alerts where somebody watches, else the parts that say so themselves. */
function notWell({ alerts, panels, redact }: Known): Next[] {
  if (alerts.length > 0) {
    return alerts
      .filter(({ heldBy, silencedUntil }) => heldBy === null && silencedUntil === null)
      .slice(0, 3)
      .map(({ id, text, level, command }) => {
        const note = noteOf(text);
        return {
          ...{ kind: 'part', text: redact(note.text), mark: level, ref: null },
          tone: level === 'critical' ? 'bad' : 'warn',
          command: note.command ?? command ?? `om-ops alert show ${id}`,
        };
      });
  }
  return panels
    .filter(
      ({ state, topic }) => (state === 'warning' || state === 'critical') && topic !== 'roadmap',
    )
    .sort((one, other) => (one.state === other.state ? 0 : one.state === 'critical' ? -1 : 1))
    .slice(0, 3)
    .map(({ title, state, notes, page, ...panel }) => {
      const note = noteOf(notes[0] ?? `${title} is ${state}.`);
      return {
        kind: 'part',
        text: redact(note.text),
        mark: state,
        tone: state === 'critical' ? 'bad' : 'warn',
        ref: page ?? null,
        command: panel.command ?? note.command,
      };
    });
}

function failed(setbacks: readonly Deed[]): Next[] {
  return setbacks.slice(0, 2).map(({ title, ref }) => ({
    ...{ kind: 'failed', text: `“${title}”, once more`, mark: 'failed' },
    ...{ tone: 'bad', ref, command: null },
  }));
}

/** What is late first, then what is due next, then what is under way. */
function due({ milestones, now, redact }: Known): Next[] {
  const today = dayOf(now.toISOString()) ?? '';
  return milestones
    .filter(({ status }) => status !== 'complete')
    .filter((milestone) => milestone.due !== null || milestone.status === 'in_progress')
    .sort((one, other) => ((one.due ?? '9999') < (other.due ?? '9999') ? -1 : 1))
    .slice(0, 2)
    .map(({ title, due: day, percent, href }) => {
      const left = day === null ? null : daysBetween(today, day);
      const when =
        left === null
          ? 'under way'
          : left < 0
            ? `${plural(-left, 'day')} late`
            : left === 0
              ? 'due today'
              : `due in ${plural(left, 'day')}`;
      return {
        kind: 'milestone',
        text: `“${redact(title)}”, ${when}`,
        mark: `${percent} %`,
        tone: left !== null && left < 0 ? 'warn' : 'neutral',
        ref: href,
        command: null,
      };
    });
}

/** How the day is drawn; long sessions are cut to what a page can hold. */
export function daySessions(known: Known, mostEntries = 300) {
  const { date } = known;
  return sessionsOn(date, known).map(({ session, from, to, isOpen }) => {
    const { id, title, summary, outcome, ref, closedAt } = session;
    const entries = session.days.get(date) ?? [];
    return {
      ...{ id, title, summary, ref, isOpen, from, to },
      outcome: closedAt === null || isOpen ? null : outcome,
      entries: entries
        .slice(-mostEntries)
        .map(({ at, outcome: of, isOwn }) => ({ at, outcome: of, isOwn })),
      entriesLeftOut: Math.max(0, entries.length - mostEntries),
    };
  });
}
