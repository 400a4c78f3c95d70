import {
  type Abilities,
  type Interfaces,
  isoWithOffset,
  loggedDeeds,
  type OpenAlert,
  Reading,
  type ReadPanel,
  type Site,
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
  /** The commands there are: those that are audited did something. */
  config: Pick<Interfaces.Config, 'commands'>;
  redact(text: string): string;
  signal: AbortSignal;
  now: Date;
  date: string;
}

export interface Made {
  motivation: Motivation;
  /** What could not be read, sentences: the day may have had more than is told. */
  lost: string[];
}

/** What a day was, as the record has it. @throws OpsError E_PERMISSION; the signal's reason */
export async function makeMotivation(input: MotivationInput): Promise<Made> {
  const reading = new Reading({ signal: input.signal, timeoutMs: answerMs });
  const known = await readKnown(input, reading);
  return { motivation: motivationOf(known), lost: reading.lost };
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

async function readKnown(input: MotivationInput, reading: Reading): Promise<Known> {
  const { site, abilities, signal, now, date, redact } = input;
  const { state } = site;
  const since = beginOf(dayAfter(date, -2 * shownDays));
  const [sessions, milestones, backups, operations, alerts, panels] = await Promise.all([
    recordedSessions(openChangelog(state), since, { redact, signal }),
    reading.gathered('The milestones', () => abilities.milestones()),
    reading.gathered('The backups', () => abilities.backups(beginOf(dayAfter(date, -shownDays)))),
    reading.read('The operations log', [], async () => loggedDeeds(state, since, input.config)),
    reading.read<readonly OpenAlert[]>('The open alerts', [], async () => {
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
    operations,
    alerts,
    panels,
    redact,
  };
}
