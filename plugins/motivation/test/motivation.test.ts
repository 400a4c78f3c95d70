import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { isoWithOffset } from '@om-ops/kit';
import { countsOf } from '../src/counts.ts';
import { dayAfter, givenDay, weekdayOf } from '../src/days.ts';
import { firstSentence } from '../src/deeds.ts';
import { motivationOf } from '../src/make.ts';
import { streakOf } from '../src/streak.ts';
import { streakText } from '../src/streak-text.ts';
import {
  at,
  backups,
  goodDay,
  known,
  milestone,
  sampleHistory,
  sampleSession,
} from './sample-days.ts';

const tuesday = '2026-11-24';
const sunday = '2026-11-22';

describe('the headline', () => {
  const success = sampleSession({
    ...{ day: tuesday, title: 'Slow health check', from: '12:54', to: '14:12', entries: 9 },
    ...{ outcome: 'success', summary: 'It answers in 38 ms, not 2.1 s. An index was missing.' },
  });
  const old = sampleSession({
    ...{ day: '2026-11-20', title: 'Old import', from: '10:00', to: '15:00', closedOn: tuesday },
    ...{ outcome: 'success' },
  });
  const short = sampleSession({ day: tuesday, title: 'Short', from: '09:00', to: '09:10' });
  const fail = sampleSession({
    ...{ day: tuesday, title: 'New cache', from: '08:00', to: '10:00', outcome: 'fail' },
    decision: 'The cache hunter2 is not the cause.',
  });
  const open = sampleSession({
    day: tuesday,
    title: 'Gallery',
    from: '15:00',
    to: null,
    entries: 8,
  });
  const done = milestone('Record tables', {
    ...{ status: 'complete', percent: 100, due: '2026-11-27' },
    createdAt: isoWithOffset(new Date(at('2026-11-13', '09:00'))),
    completedAt: isoWithOffset(new Date(at(tuesday, '11:22'))),
  });
  const told = (more: Parameters<typeof known>[1]) => {
    const { chosen, headline, lede, ref } = motivationOf(known(tuesday, more));
    return { chosen, headline, lede, ref };
  };

  it('is a milestone, then a success in words of one’s own, then what was open the longest', () => {
    const first = told({ sessions: [short, old, success, fail], milestones: [done] });
    assert.deepEqual([first.chosen, first.headline], ['milestone', '“Record tables” is done']);
    assert.equal(
      first.lede,
      'Planned 13 Nov. It was due 27 Nov, 3 days later. 3 more things finished the same day. “New cache” did not work out.',
    );
    assert.equal(first.ref, 'roadmap/report.html#milestone=m1');
    const second = told({ sessions: [short, old, success] });
    assert.deepEqual(
      [second.chosen, second.headline],
      ['session', 'It answers in 38 ms, not 2.1 s'],
    );
    assert.equal(
      second.lede,
      'Session “Slow health check”, 12:54 to 14:12, 9 entries, closed with success.',
    );
    assert.equal(second.ref, success.ref);
    const third = told({ sessions: [short, old] });
    assert.deepEqual([third.chosen, third.headline], ['closed', '“Old import” is closed']);
    assert.match(third.lede, /^Closed after 4 d 5 h, with success, 3 entries\.$/);
  });

  it('names what failed and what was learned, without its secrets, then what was written, then the quiet', () => {
    const first = told({ sessions: [fail, open] });
    assert.equal(first.chosen, 'failed');
    assert.match(first.headline, /^“New cache” did not work out, and now it is known$/);
    assert.match(first.lede, /What was written down: “The cache <REDACTED> is not the cause”\./);
    const second = told({ sessions: [open] });
    assert.deepEqual(
      [second.chosen, second.headline],
      ['entries', '8 entries went into “Gallery”'],
    );
    assert.match(second.lede, /^It is still open\./);
    assert.equal(
      told({
        sessions: [old, success].map((session) => ({
          ...session,
          startedAt: 0,
          closedAt: 1,
          days: new Map(),
        })),
      }).headline,
      'A quiet day',
    );
    const nothing = told({});
    assert.deepEqual([nothing.chosen, nothing.headline], ['nothing', 'Nothing was recorded yet']);
  });

  it('praises nothing that the record does not show', () => {
    const day = motivationOf(known(tuesday, { sessions: [fail, open] }));
    assert.deepEqual(day.accomplishments, []);
    assert.deepEqual(
      day.setbacks.map(({ title, ref }) => [title, ref]),
      [['New cache', fail.ref]],
    );
    // What om-ops wrote by itself into a session that stood open is nobody's work.
    const left = sampleSession({
      day: sunday,
      title: 'Left open',
      from: '02:00',
      to: null,
      entries: 0,
      own: 5,
    });
    const before = { ...left, startedAt: at('2026-11-20', '10:00') };
    const quiet = motivationOf(known(sunday, { sessions: [before] }));
    assert.equal(quiet.quiet, true);
    assert.equal(quiet.counts.entries, 0);
    assert.equal(quiet.headline, 'A day off');
  });
});

test('a quiet day says what the server did, and only that', () => {
  const off = motivationOf(
    known(sunday, {
      sessions: sampleHistory(sunday),
      backups: [...backups(sunday, 8), ...backups(sunday, 1, { state: 'failed', why: 'full' })],
    }),
  );
  assert.equal(off.headline, 'A day off. The server had none');
  assert.equal(
    off.lede,
    'No session was written down. Meanwhile 8 backups were made, all of them verified; 1 backup failed.',
  );
  assert.deepEqual([off.quiet, off.streak.kept, off.accomplishments], [true, 'weekend', []]);
  const failed = motivationOf(
    known(sunday, {
      sessions: sampleHistory(sunday),
      backups: backups(sunday, 2, { state: 'failed' }),
    }),
  );
  assert.equal(failed.headline, 'A day off');
  const now = new Date(at(tuesday, '10:00'));
  const today = motivationOf(known(tuesday, { now, sessions: sampleHistory(tuesday) }));
  assert.equal(today.headline, 'Nothing is written down yet today');
  assert.equal(today.streak.kept, 'not-over');
});

describe('figures', () => {
  it('are of the day, its own usual, and time that is counted once', () => {
    const day = motivationOf(goodDay());
    const { sessions, succeeded, open, entries, minutes, milestones } = day.counts;
    assert.deepEqual([sessions, succeeded, open, entries, milestones], [3, 2, 1, 31, 1]);
    // 08:40 to 11:22, 12:54 to 14:12, 15:30 until it was made.
    assert.equal(minutes, 162 + 78 + 190);
    assert.equal(day.usual?.sessions, 1);
    const both = [
      sampleSession({ day: tuesday, title: 'a', from: '09:00', to: '12:00' }),
      sampleSession({ day: tuesday, title: 'b', from: '10:00', to: '11:00' }),
    ];
    assert.equal(countsOf(tuesday, known(tuesday, { sessions: both })).minutes, 180);
    assert.equal(motivationOf(known(tuesday, { sessions: both })).usual, null);
  });

  it('count a night that a session stood open for nobody', () => {
    const night = sampleSession({
      ...{ day: tuesday, title: 'Left open', from: '17:00', to: '08:00' },
      ...{ closedOn: dayAfter(tuesday), entries: 1 },
    });
    const on = (date: string) => motivationOf(known(date, { sessions: [night] }));
    assert.equal(on(tuesday).counts.minutes, 60, 'up to its last entry');
    assert.equal(on(dayAfter(tuesday)).counts.minutes, 0);
    assert.equal(on(dayAfter(tuesday)).chosen, 'closed');
    assert.equal(on(tuesday).sessions[0]?.isOpen, true);
  });
});

test('a streak counts working days', () => {
  const days = (...named: string[]) => new Map(named.map((day) => [day, 1]));
  const week = days('2026-11-19', '2026-11-20', '2026-11-23');
  const length = (date: string, finished: Map<string, number>, isToday = false) =>
    streakOf(date, finished, isToday).days;
  assert.equal(length('2026-11-23', week), 3, 'over a weekend');
  assert.equal(length('2026-11-22', week), 2, 'a Sunday does not break it');
  assert.equal(length('2026-11-24', week, true), 3, 'nor does a day that is not over');
  assert.equal(length('2026-11-24', week), 0, 'a working day without anything does');
  assert.match(
    streakText(streakOf('2026-11-24', week, false)),
    /^3 working days in a row came before/,
  );
  assert.equal(
    length('2026-11-22', days('2026-11-20', '2026-11-22')),
    2,
    'a Sunday with something counts',
  );
  assert.equal(streakText(streakOf('2026-11-22', new Map(), false)), '');
});

test('weeks begin on a Monday and end with that of the day', () => {
  const { weeks } = motivationOf(goodDay());
  assert.equal(weeks.length, 112);
  assert.equal(weekdayOf(weeks[0]?.day ?? ''), 0);
  assert.equal(weeks.find(({ day }) => day === tuesday)?.level, 4);
  assert.equal(weeks.at(-1)?.level, null, 'what is to come has no colour');
  assert.equal(weeks.find(({ day }) => day === sunday)?.level, 0);
});

test('what can be begun with is what is open, not well, failed and due', () => {
  const { next } = motivationOf(goodDay());
  assert.deepEqual(
    next.map(({ text, mark }) => `${text} ${mark}`),
    [
      '“Gallery to WebP”, open since 15:30 open',
      'The newest backup of images is 9 d old. warning',
      '“Parish search”, due in 3 days 60 %',
    ],
  );
  assert.equal(motivationOf(known(tuesday)).next[0]?.kind, 'start');
});

test('a day is given as a day', () => {
  const now = new Date(at(tuesday, '00:30'));
  assert.equal(givenDay(undefined, now), tuesday);
  assert.equal(givenDay('yesterday', now), '2026-11-23');
  for (const bad of ['2026-02-30', '24.11.2026', '2026-11-25', ''])
    assert.throws(() => givenDay(bad, now), { code: 'E_BAD_DATE', exit: 2 }, bad);
});

test('the first sentence of a summary is told whole or cut between words', () => {
  assert.equal(firstSentence('v2.1 works.\nMore.'), 'v2.1 works');
  assert.equal(firstSentence('Is it? Yes.'), 'Is it? Yes');
  const cut = firstSentence('word '.repeat(60));
  assert.ok(cut.length <= 112 && cut.endsWith('word …'), cut);
});
