import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SimulatedSite, sampleTask } from './simulated-site.ts';

const zone = process.env.TZ;
before(() => {
  process.env.TZ = 'Europe/Berlin';
});
after(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const daily = () => new SimulatedSite(sampleTask({ every: 'day', at: '02:30' }));

test('runs once a day through a year of days, two of which have no or two 02:30', () => {
  const site = daily();
  for (const [from, to] of [
    ['2026-03-27T12:00Z', '2026-03-31T12:00Z'],
    ['2026-10-23T12:00Z', '2026-10-27T12:00Z'],
  ] as const) {
    const before = site.began.length;
    site.minutes(from, to);
    assert.equal(site.began.length - before, from < '2026-04' ? 5 : 5);
  }
  assert.equal(new Set(site.story).size, site.story.length);
  assert.ok(
    site.began.some(({ at }) => at === '2026-03-29T01:00:00.000Z'),
    'at 03:00 summer time',
  );
  assert.ok(
    site.began.some(({ at }) => at === '2026-10-25T00:30:00.000Z'),
    'at the first 02:30',
  );
});

test('a server that was off makes up for the newest missed run once, and says what it missed', () => {
  const site = daily();
  site.minutes('2026-01-15T01:00Z', '2026-01-15T01:40Z');
  // Off over midnight and 02:30, and back in the morning.
  site.minutes('2026-01-16T07:00Z', '2026-01-16T08:00Z');
  // Off for three days, and back before the time of the fourth.
  site.minutes('2026-01-20T00:30Z', '2026-01-20T02:00Z');
  assert.deepEqual(site.story, [
    '2026-01-15 time',
    '2026-01-16 late',
    '2026-01-19 late',
    '2026-01-20 time',
  ]);
  assert.deepEqual(site.missed, ['2026-01-17..2026-01-18 2']);
});

test('a task without catching up says that it missed', () => {
  const site = new SimulatedSite(sampleTask({ every: 'day', at: '02:30' }, { catchUp: false }));
  site.minutes('2026-01-15T01:00Z', '2026-01-15T01:40Z');
  site.minutes('2026-01-16T07:00Z', '2026-01-16T07:05Z');
  site.minutes('2026-01-17T01:20Z', '2026-01-17T01:40Z');
  assert.deepEqual(site.story, ['2026-01-15 time', '2026-01-17 time']);
  assert.deepEqual(site.missed, ['2026-01-16..2026-01-16 1']);
});

test('a clock that is set back repeats nothing, and one that was years ahead does not stop the schedule', () => {
  const site = daily();
  site.minutes('2026-01-15T01:00Z', '2026-01-16T02:00Z');
  const runs = site.story.length;
  site.minutes('2026-01-14T20:00Z', '2026-01-16T02:00Z');
  assert.equal(site.story.length, runs);
  site.tick('2036-05-05T12:00Z');
  site.minutes('2026-01-16T02:00Z', '2026-01-18T02:00Z');
  assert.deepEqual(site.story.slice(runs), [
    '2036-05-05 late',
    '2026-01-17 time',
    '2026-01-18 time',
  ]);
});

test('what lay before the first tick, or before a change of its times, was never asked for', () => {
  const weekly = new SimulatedSite(sampleTask({ every: 'week', on: 'sun', at: '04:00' }));
  weekly.minutes('2026-01-14T10:00Z', '2026-01-14T10:10Z');
  assert.deepEqual(weekly.story, []);
  weekly.tick('2026-01-19T08:00Z');
  assert.deepEqual(weekly.story, ['2026-W03 late']);
  assert.deepEqual(weekly.missed, []);
  const site = daily();
  site.tick('2026-01-15T12:00Z');
  Object.assign(site.task, sampleTask({ every: '6h' }));
  site.tick('2026-01-20T12:01Z');
  assert.deepEqual(site.story, ['2026-01-15 late', '2026-01-20T12:00Z time']);
  assert.deepEqual(site.missed, []);
});

test('a run whose process was killed is begun once more, and then given up', () => {
  const site = daily();
  site.ending = 'killed';
  site.minutes('2026-01-15T01:25Z', '2026-01-15T01:40Z');
  assert.deepEqual(site.story, ['2026-01-15 time', '2026-01-15 again']);
  assert.equal(site.lines.filter(({ state }) => state === 'cut-off').length, 2);
  site.ending = 'done';
  site.minutes('2026-01-15T01:40Z', '2026-01-16T02:00Z');
  assert.deepEqual(site.story.slice(2), ['2026-01-16 time']);
});

test('never two at once: what is still running at the next time is waited for', () => {
  const site = new SimulatedSite(sampleTask({ every: '30m' }));
  site.ending = 'open';
  site.minutes('2026-01-15T10:00Z', '2026-01-15T11:40Z');
  assert.equal(site.story.length, 1);
  const at = '2026-01-15T11:41:00Z';
  site.add({
    state: 'ended',
    at,
    task: 'backup',
    run: 'run-1',
    exit: 0,
    outcome: 'done',
    seconds: 1,
  });
  site.ending = 'done';
  site.minutes('2026-01-15T11:41Z', '2026-01-15T11:50Z');
  assert.deepEqual(site.story, ['2026-01-15T10:00Z time', '2026-01-15T11:30Z time']);
  assert.deepEqual(site.missed, ['2026-01-15T10:30Z..2026-01-15T11:00Z 2']);
});

test('a pause and the hours of a task hold it, and it runs once afterwards', () => {
  const site = daily();
  site.minutes('2026-01-14T01:00Z', '2026-01-14T02:00Z');
  const at = '2026-01-15T01:00:00Z';
  site.add({ state: 'paused', at, task: null, until: '2026-01-15T04:00:00Z', by: '' });
  site.minutes('2026-01-15T01:00Z', '2026-01-15T03:59Z');
  assert.equal(site.story.length, 1);
  site.minutes('2026-01-15T04:00Z', '2026-01-15T05:00Z');
  assert.deepEqual(site.story.slice(1), ['2026-01-15 late']);
  const night = new SimulatedSite(sampleTask({ every: '6h' }, { window: '22:00-06:00' }));
  night.minutes('2026-01-15T06:30Z', '2026-01-16T05:00Z');
  assert.deepEqual(
    night.began.map(({ at: time }) => time),
    ['2026-01-15T21:00:00.000Z', '2026-01-16T00:00:00.000Z'],
  );
});

test('a task that was switched off counts anew when it is switched on', () => {
  const site = daily();
  site.minutes('2026-01-14T01:00Z', '2026-01-14T02:00Z');
  Object.assign(site.task, { off: true });
  site.minutes('2026-01-15T01:00Z', '2026-01-18T02:00Z');
  Object.assign(site.task, { off: false });
  site.minutes('2026-01-18T20:00Z', '2026-01-19T02:00Z');
  assert.deepEqual(site.story, ['2026-01-14 time', '2026-01-18 late', '2026-01-19 time']);
  assert.deepEqual(site.missed, []);
});

test('a run that was asked for begins in its minute, and is missed when no tick came for an hour', () => {
  const site = daily();
  site.tick('2026-01-15T02:00Z');
  const planned = (id: string, due: string) =>
    site.add({
      state: 'planned',
      at: '2026-01-15T09:00:00Z',
      id,
      task: 'backup',
      due,
      note: null,
      by: '',
    });
  planned('m-1', '2026-01-15T09:05:00Z');
  planned('m-2', '2026-01-15T09:06:00Z');
  planned('m-3', '2026-01-15T12:00:00Z');
  planned('m-4', '2026-01-15T12:00:00Z');
  site.add({ state: 'cancelled', at: '2026-01-15T09:01:00Z', id: 'm-4', by: '' });
  site.minutes('2026-01-15T09:04Z', '2026-01-15T09:10Z');
  site.minutes('2026-01-15T13:30Z', '2026-01-15T13:31Z');
  assert.deepEqual(site.story, ['2026-01-15 late', 'm-1 request', 'm-2 request']);
  assert.deepEqual(
    site.history.requests.map(({ missed }) => missed),
    [null, null, 'no tick came within an hour of its time', null],
  );
});
