import type { MilestoneRecord } from '@om-ops/kit';
import { formatDuration, plural } from '@om-ops/kit/text';
import { isOn, type SessionDay, sessionsOn } from './counts.ts';
import { dayOf, daysBetween } from './days.ts';
import type { Known } from './known.ts';
import type { Deed } from './motivation.ts';
import type { RecordedSession } from './record.ts';

const dayMs = 86_400_000;

export function milestonesReached({ milestones, date }: Known): MilestoneRecord[] {
  return milestones.filter(({ completedAt }) => dayOf(completedAt) === date);
}

/** What was finished that day, the greatest first: the order in which the headline is chosen. */
export function deedsOf(known: Known): Deed[] {
  const { date } = known;
  const closed = sessionsOn(date, known).filter(
    ({ session }) => isOn(session.closedAt, date) && session.outcome !== 'fail',
  );
  const told = closed.filter(
    ({ session }) => session.outcome === 'success' && session.summary !== null,
  );
  const reached = milestonesReached(known);
  // A session that has the name of the milestone it reached is told with it.
  const isTold = ({ session }: SessionDay) =>
    reached.some(({ title }) => title.toLowerCase() === session.title.toLowerCase());
  const rest = closed
    .filter((each) => !told.includes(each) && !isTold(each))
    .sort((one, other) => openFor(other.session) - openFor(one.session));
  return [
    ...reached.map((milestone) => milestoneDeed(milestone, known)),
    ...told
      .sort((one, other) => other.session.entryCount - one.session.entryCount)
      .map((each) => ({
        kind: 'session' as const,
        title: firstSentence(each.session.summary ?? each.session.title),
        why: `Session “${each.session.title}”, ${timesText(each)}, closed with success.`,
        ref: each.session.ref,
      })),
    ...rest.map((each) => ({
      kind: 'closed' as const,
      title: each.session.title,
      why: `Closed after ${formatDuration(openFor(each.session))}${each.session.outcome === 'success' ? ', with success' : ''}, ${plural(each.session.entryCount, 'entry', 'entries')}.${each.session.summary === null ? '' : ` “${firstSentence(each.session.summary)}”.`}`,
      ref: each.session.ref,
    })),
  ];
}

/** What did not work out, and what was learned or fixed on the way as far as it was written down. */
export function setbacksOf(known: Known): Deed[] {
  const { date, redact } = known;
  return sessionsOn(date, known)
    .filter(({ session }) => isOn(session.closedAt, date) && session.outcome === 'fail')
    .map((each) => {
      const { session } = each;
      const learned = [...session.days.values()]
        .flat()
        .findLast(
          ({ isOwn, type, outcome }) =>
            !isOwn && (type === 'decision' || type === 'result') && outcome !== 'fail',
        );
      const words =
        session.summary !== null
          ? ` “${firstSentence(session.summary)}”.`
          : learned === undefined
            ? ''
            : ` What was written down: “${firstSentence(redact(learned.text))}”.`;
      return {
        kind: 'failed' as const,
        title: session.title,
        why: `It was closed as failed, ${timesText(each)}.${words}`,
        ref: session.ref,
      };
    });
}

function openFor({ startedAt, closedAt }: RecordedSession): number {
  return Math.max(0, (closedAt ?? startedAt) - startedAt);
}

function timesText(each: SessionDay): string {
  const { session } = each;
  const length = openFor(session);
  const when =
    length < dayMs
      ? `${clock(session.startedAt)} to ${clock(session.closedAt ?? each.to)}`
      : `over ${plural(Math.round(length / dayMs), 'day')}`;
  return `${when}, ${plural(session.entryCount, 'entry', 'entries')}`;
}

export function clock(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function dayMonth(day: string): string {
  const [, month = 1, date = 1] = day.split('-').map(Number);
  return `${date} ${months[month - 1]}`;
}

function milestoneDeed({ title, createdAt, due, href, id }: MilestoneRecord, known: Known): Deed {
  const { date, sessions, redact } = known;
  const planned = dayOf(createdAt);
  const left = due === null ? null : daysBetween(date, due);
  const distance =
    left === null
      ? ''
      : left === 0
        ? 'It was due that day.'
        : left > 0
          ? `It was due ${dayMonth(due ?? '')}, ${plural(left, 'day')} later.`
          : `It was due ${dayMonth(due ?? '')}, ${plural(-left, 'day')} before.`;
  // Only what names it is said to belong to it.
  const about = sessions.filter(
    (session) =>
      session.title.toLowerCase().includes(title.toLowerCase()) || session.title.includes(id),
  );
  const parts = [
    ...(planned === null ? [] : [`Planned ${dayMonth(planned)}.`]),
    ...(distance === '' ? [] : [distance]),
    ...(about.length === 0 ? [] : [`${plural(about.length, 'session')} had its name.`]),
  ];
  return { kind: 'milestone', title: redact(title), why: parts.join(' '), ref: href };
}

const longestHeadline = 110;

/** The first sentence of a text, on one line. */
export function firstSentence(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const sentence = /^.{8,}?[.!?](?= |$)/.exec(line)?.[0] ?? line;
  const plain = sentence.replace(/\.$/, '');
  return plain.length > longestHeadline
    ? `${plain.slice(0, longestHeadline).replace(/ [^ ]*$/, '')} …`
    : plain;
}
