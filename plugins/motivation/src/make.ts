import {
  type Abilities,
  clauseOf,
  type Gathered,
  isoWithOffset,
  loggedOperations,
  messageOf,
  type OpenAlert,
  type ReadPanel,
  type Site,
  withDeadline,
} from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { countsOf, finishedByDay, shownDays, usualOf, weeksOf } from './counts.ts';
import { beginOf, dayAfter, dayOf, weekdayOf } from './days.ts';
import { deedsOf, setbacksOf } from './deeds.ts';
import { headlineOf } from './headline.ts';
import type { Known } from './known.ts';
import type { Motivation } from './motivation.ts';
import { daySessions, nextOf } from './next.ts';
import { recordedSessions } from './record.ts';
import { streakOf } from './streak.ts';

const answerMs = 10_000;

export interface MotivationInput {
  site: Site;
  abilities: Pick<Abilities, 'panels' | 'watched' | 'backups' | 'milestones'>;
  /** Whether a command changes or proves something. */
  isAudited(command: string): boolean;
  redact(text: string): string;
  signal: AbortSignal;
  now: Date;
  date: string;
}

export interface Made {
  motivation: Motivation;
  /** What could not be read, sentences: the day may have had more than is told. */
  unread: string[];
}

/** What a day was, as the record has it. @throws OpsError E_PERMISSION; the signal's reason */
export async function makeMotivation(input: MotivationInput): Promise<Made> {
  const unread: string[] = [];
  const known = await readKnown(input, unread);
  return { motivation: motivationOf(known), unread };
}

/** What is told of all that is known. */
export function motivationOf(known: Known): Motivation {
  const { date, now, isToday } = known;
  const deeds = deedsOf(known);
  const setbacks = setbacksOf(known);
  const counts = countsOf(date, known);
  return {
    date,
    at: isoWithOffset(now),
    isToday,
    ...headlineOf(known, { deeds, setbacks, counts }),
    accomplishments: deeds,
    setbacks,
    counts,
    usual: usualOf(known),
    streak: streakOf(date, finishedByDay(known), isToday),
    quiet: counts.sessions === 0 && counts.milestones === 0,
    next: nextOf(known, setbacks),
    sessions: daySessions(known),
    weeks: weeksOf(known, dayAfter(date, -weekdayOf(date))),
  };
}

async function readKnown(input: MotivationInput, unread: string[]): Promise<Known> {
  const { site, abilities, signal, now, date, redact, isAudited } = input;
  const { state } = site;
  const since = beginOf(dayAfter(date, -2 * shownDays));
  const lost = (what: string, reason: string) =>
    unread.push(`${what} could not be read: ${reason}.`);
  const reading = <T>(what: string, empty: T, read: () => Promise<T>): Promise<T> =>
    withDeadline(answerMs, signal, read).catch((error: unknown) => {
      signal.throwIfAborted();
      lost(what, clauseOf(messageOf(error)));
      return empty;
    });
  const given = async <T>(what: string, ask: () => Promise<Gathered<T>>): Promise<T[]> => {
    const { values, failures } = await reading(what, { values: [], failures: [] }, ask);
    for (const { topic, reason } of failures) lost(what, `${topic}: ${reason}`);
    return values.map(({ value }) => value);
  };
  const [sessions, milestones, backups, operations, alerts, panels] = await Promise.all([
    recordedSessions(openChangelog(state), since, { redact, signal }),
    given('The milestones', () => abilities.milestones()),
    given('The backups', () => abilities.backups(beginOf(dayAfter(date, -shownDays)))),
    reading('The operations log', [], async () => loggedOperations(state, since)),
    reading<readonly OpenAlert[]>('The open alerts', [], async () => {
      const record = await abilities.watched();
      return (await record?.alerts()) ?? [];
    }),
    abilities.panels(answerMs, now) as Promise<ReadPanel[]>,
  ]);
  return {
    date,
    now,
    isToday: dayOf(now.toISOString()) === date,
    sessions,
    milestones,
    backups,
    operations: operations.filter(
      ({ command, parent }) => parent === null && isAudited(command) && !isTelling(command),
    ),
    alerts,
    panels,
    redact,
  };
}

/** What only writes down or tells is no deed of the server's. */
function isTelling(command: string): boolean {
  return /^(summary|motivation|changelog|roadmap):/.test(command) || command.endsWith(':report');
}
