import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  isWithin,
  newestPeriod,
  nextPeriod,
  opensAt,
  type Rule,
  ruleOf,
  windowOf,
} from '../src/period.ts';

const zone = process.env.TZ;
after(() => inZone(zone));

/** Node takes a change of TZ up at once. */
function inZone(name: string | undefined): void {
  if (name === undefined) delete process.env.TZ;
  else process.env.TZ = name;
}

const minute = 60_000;

/** The moments at which a tick a minute finds a new period due, from one time to another, as local wall time. */
function runs(rule: Rule, from: string, to: string): { at: string; key: string }[] {
  const found: { at: string; key: string }[] = [];
  let last = newestPeriod(rule, new Date(Date.parse(from) - minute)).key;
  for (let now = Date.parse(from); now <= Date.parse(to); now += minute) {
    const date = new Date(now);
    const { key, due } = newestPeriod(rule, date);
    assert.ok(due <= date);
    assert.ok(nextPeriod(rule, date).due > date);
    if (key === last) continue;
    last = key;
    found.push({
      at: date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }),
      key,
    });
  }
  return found;
}

const daily = (at: string) => ruleOf({ every: 'day', at });

test('once a day over the days on which summer time begins and ends, minute by minute', () => {
  const cases = [
    // [zone, at, from (UTC), to, expected local times by day]
    [
      'Europe/Berlin',
      '02:30',
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      { '2026-03-28': '02:30', '2026-03-29': '03:00', '2026-03-30': '02:30' },
    ],
    [
      'Europe/Berlin',
      '02:30',
      '2026-10-24T00:00Z',
      '2026-10-27T00:00Z',
      { '2026-10-24': '02:30', '2026-10-25': '02:30', '2026-10-26': '02:30' },
    ],
    [
      'Europe/Berlin',
      '03:00',
      '2026-10-24T12:00Z',
      '2026-10-26T12:00Z',
      { '2026-10-25': '03:00', '2026-10-26': '03:00' },
    ],
    [
      'America/New_York',
      '02:30',
      '2026-03-07T12:00Z',
      '2026-03-09T12:00Z',
      { '2026-03-08': '03:00', '2026-03-09': '02:30' },
    ],
    [
      'America/New_York',
      '01:30',
      '2026-10-31T12:00Z',
      '2026-11-02T12:00Z',
      { '2026-11-01': '01:30', '2026-11-02': '01:30' },
    ],
    // There is no midnight: the day begins at 01:00.
    [
      'America/Santiago',
      '00:00',
      '2026-09-05T12:00Z',
      '2026-09-07T12:00Z',
      { '2026-09-06': '01:00', '2026-09-07': '00:00' },
    ],
    [
      'America/Santiago',
      '00:30',
      '2026-09-05T12:00Z',
      '2026-09-07T12:00Z',
      { '2026-09-06': '01:00', '2026-09-07': '00:30' },
    ],
    // The last hour of Saturday comes twice.
    [
      'America/Santiago',
      '23:30',
      '2026-04-04T12:00Z',
      '2026-04-06T12:00Z',
      { '2026-04-04': '23:30', '2026-04-05': '23:30' },
    ],
    // Half an hour.
    [
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T02:00Z',
      '2026-10-05T12:00Z',
      { '2026-10-04': '02:30', '2026-10-05': '02:15' },
    ],
    [
      'Australia/Lord_Howe',
      '01:45',
      '2026-04-04T02:00Z',
      '2026-04-06T02:00Z',
      { '2026-04-05': '01:45', '2026-04-06': '01:45' },
    ],
    [
      'UTC',
      '23:59',
      '2026-12-30T00:00Z',
      '2027-01-02T00:00Z',
      { '2026-12-30': '23:59', '2026-12-31': '23:59', '2027-01-01': '23:59' },
    ],
  ] as const;
  for (const [name, at, from, to, expected] of cases) {
    inZone(name);
    const found = Object.fromEntries(
      runs(daily(at), from, to).map(({ at: time, key }) => [key, time]),
    );
    assert.deepEqual(found, expected, `${name} ${at}`);
  }
});

test('once a week and once a month, under the names of ISO weeks and of shorter months', () => {
  inZone('Europe/Berlin');
  const weekly = ruleOf({ every: 'week', on: 'sun', at: '04:00' });
  assert.deepEqual(
    runs(weekly, '2026-12-20T00:00Z', '2027-01-12T00:00Z').map(({ key }) => key),
    ['2026-W51', '2026-W52', '2026-W53', '2027-W01'],
  );
  const at = (text: string) => newestPeriod(weekly, new Date(text)).due.toISOString();
  assert.equal(at('2026-03-29T02:00:00Z'), '2026-03-29T02:00:00.000Z');
  assert.equal(at('2026-03-29T01:59:00Z'), '2026-03-22T03:00:00.000Z');
  const monthly = ruleOf({ every: 'month', on: 31, at: '00:10' });
  assert.deepEqual(
    ['2026-03-01T12:00Z', '2026-03-31T12:00Z', '2026-05-01T00:00Z', '2028-03-01T00:00Z'].map(
      (now) => {
        const { key, due } = newestPeriod(monthly, new Date(now));
        return `${key} ${due.getDate()}`;
      },
    ),
    ['2026-02 28', '2026-03 31', '2026-04 30', '2028-02 29'],
  );
});

test('intervals keep their length when the clocks change', () => {
  inZone('Europe/Berlin');
  const found = runs(ruleOf({ every: '30m' }), '2026-10-25T00:00Z', '2026-10-25T02:30Z');
  assert.deepEqual(
    found.map(({ key }) => key),
    [
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
      '2026-10-25T02:30Z',
    ],
  );
  assert.equal(
    newestPeriod(ruleOf({ every: '6h' }), new Date('2026-01-15T17:59Z')).key,
    '2026-01-15T12:00Z',
  );
});

test('a window over midnight, and when it opens next', () => {
  inZone('UTC');
  const night = windowOf('22:00-06:00');
  const at = (time: string) => new Date(`2026-01-15T${time}Z`);
  assert.deepEqual(
    ['21:59', '22:00', '03:00', '05:59', '06:00'].map((time) => isWithin(night, at(time))),
    [false, true, true, true, false],
  );
  assert.equal(opensAt(night, at('06:00')).toISOString(), '2026-01-15T22:00:00.000Z');
  assert.equal(isWithin(windowOf('08:00-20:00'), at('20:00')), false);
});
