import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, percent, rulesOf, Watching } from './simulation.ts';

const minute = 60;
const hour = 3600;

describe('the rules of alerts', () => {
  it('1: raises after so many bad samples in a row, by the kind of check', () => {
    for (const [samples, given] of [
      [4, { kind: 'gauge' }],
      [3, { kind: 'service' }],
      [2, { kind: 'service', samples: 2 }],
      [1, { kind: 'age' }],
      [1, { kind: 'event' }],
      [1, { kind: 'gauge', samples: 1 }],
    ] as const) {
      const site = new Watching();
      for (let pass = 1; pass <= samples; pass += 1) {
        assert.deepEqual(site.told, [], `${given.kind} before sample ${pass}`);
        site.look([check('it', { ...given, level: 'warning' })]);
        site.wait(30);
      }
      assert.deepEqual(site.told, ['fired it'], given.kind);
    }
  });

  it('1: begins the row anew after one that is well, and does not fire from samples apart', () => {
    const site = new Watching();
    const levels = ['warning', 'warning', 'warning', 'healthy', 'warning', 'warning', 'warning'];
    for (const level of levels) {
      site.look([check('cpu', { level: level as 'warning' })]);
      site.wait(30);
    }
    assert.deepEqual(site.told, []);
    site.look([check('cpu', { level: 'critical' })]);
    // Only the last was critical: what held for four samples is a warning.
    assert.equal(site.state.keys.cpu?.alert?.level, 'warning');
  });

  it('1: a gap in the samples restarts what is pending, never what fires', () => {
    const site = new Watching();
    const bad = [
      check('cpu', { level: 'warning' }),
      check('disk:/', { level: 'warning', samples: 1 }),
    ];
    site.watch(90, () => bad);
    site.wait(90);
    site.look(bad);
    assert.equal(site.state.keys.cpu?.bad.warning, 1);
    assert.equal(site.state.keys.cpu?.alert, null);
    assert.equal(site.told.filter((line) => line === 'fired disk:/').length, 1);
    assert.equal(site.state.keys['disk:/']?.alert?.phase, 'firing');
  });

  it('2: is left only below the threshold less its hysteresis, for 2 n samples and two minutes', () => {
    const site = new Watching();
    const disk = (value: number) => [percent('disk:/', value, { samples: 1 })];
    site.look(disk(86));
    // Below 85 and not below 80: for ever, if need be.
    site.wait(30);
    site.watch(hour, () => disk(81));
    assert.deepEqual(site.told, ['fired disk:/']);
    const from = site.second;
    site.watch(10 * minute, () => disk(79));
    assert.deepEqual(site.messages[1], { second: from + 120, lines: ['resolved disk:/'] });
  });

  it('2: is told by what was bad until it is over', () => {
    const site = new Watching();
    const backup = (level: 'healthy' | 'critical') => [check('backup', { level, samples: 1 })];
    site.look(backup('critical'));
    site.wait(30);
    site.look(backup('healthy'));
    assert.equal(site.state.keys.backup?.text, 'backup is critical.');
    site.watch(5 * minute, () => backup('healthy'));
    assert.equal(site.state.keys.backup?.text, 'backup is healthy.');
  });

  it('2: takes 2 n samples where these take longer than two minutes', () => {
    const site = new Watching();
    site.watch(2 * minute, () => [percent('cpu', 80, { warning: 75, critical: 90 })]);
    const from = site.second;
    site.watch(10 * minute, () => [percent('cpu', 20, { warning: 75, critical: 90 })]);
    assert.deepEqual(site.messages[1], { second: from + 7 * 30, lines: ['resolved cpu'] });
  });

  it('2: a hysteresis of five points does not hold a threshold of five for ever', () => {
    const site = new Watching();
    const errors = (value: number) => [
      percent('errors', value, { warning: 5, critical: 20, samples: 1 }),
    ];
    site.look(errors(6));
    site.wait(30);
    site.watch(5 * minute, () => errors(0.5));
    assert.deepEqual(site.told, ['fired errors', 'resolved errors']);
  });

  it('2: what is measured from below comes back from below', () => {
    const site = new Watching();
    const days = (value: number) => [
      check('certificate', {
        kind: 'age',
        level: value <= 21 ? 'warning' : 'healthy',
        value,
        unit: 'days',
        thresholds: { warning: 21, critical: 7, when: 'below' },
      }),
    ];
    site.look(days(20));
    site.wait(30);
    site.watch(5 * minute, () => days(22));
    assert.deepEqual(site.told, ['fired certificate']);
    site.watch(5 * minute, () => days(90));
    assert.deepEqual(site.told, ['fired certificate', 'resolved certificate']);
  });

  it('2: no data resolves nothing, and is marked', () => {
    for (const nothing of [[], [check('disk:/', { level: 'unknown' })]]) {
      const site = new Watching();
      site.look([check('disk:/', { level: 'critical', samples: 1 })]);
      site.wait(30);
      site.watch(hour, () => nothing);
      assert.deepEqual(site.told, ['fired disk:/']);
      assert.equal(site.state.keys['disk:/']?.alert?.stale, true);
      assert.equal(site.state.keys['disk:/']?.alert?.phase, 'firing');
    }
  });

  it('2: samples that are well with unknown ones between them are in no row', () => {
    const site = new Watching();
    site.look([check('http', { level: 'critical', samples: 1 })]);
    site.wait(30);
    site.watch(hour, (second) => [
      check('http', { level: second % 60 === 0 ? 'healthy' : 'unknown', samples: 1 }),
    ]);
    assert.deepEqual(site.told, ['fired http']);
  });

  it('3: tells of a warning that becomes critical, and the acknowledgement falls; back is silent', () => {
    const site = new Watching();
    const disk = (value: number) => [percent('disk:/', value, { samples: 1 })];
    site.look(disk(90));
    const state = site.state.keys['disk:/'];
    assert.ok(state?.alert);
    const acknowledged = { by: 'anna', at: '', until: null, untilTick: null, note: null };
    site.state = {
      ...site.state,
      keys: { 'disk:/': { ...state, alert: { ...state.alert, acknowledged } } },
    };
    site.wait(30);
    const raised = site.look(disk(96));
    assert.deepEqual(
      raised.transitions.map(({ type }) => type),
      ['raised', 'unacknowledged'],
    );
    assert.equal(site.state.keys['disk:/']?.alert?.acknowledged, null);
    site.wait(30);
    site.watch(10 * minute, () => disk(88));
    assert.equal(site.state.keys['disk:/']?.alert?.level, 'warning');
    assert.deepEqual(site.told, ['fired disk:/', 'raised disk:/']);
    // What comes back to it is told of again.
    site.look(disk(97));
    assert.deepEqual(site.told, ['fired disk:/', 'raised disk:/', 'raised disk:/']);
  });

  it('4: a value that swings every 2.5 min for an hour is six messages, not 24', () => {
    const site = new Watching();
    const disk = (second: number) => [
      percent('disk:/', second % 300 < 150 && second < hour ? 90 : 40, { samples: 1 }),
    ];
    site.watch(2 * hour, disk);
    assert.deepEqual(site.told, [
      'fired disk:/',
      'resolved disk:/',
      'fired disk:/',
      'resolved disk:/',
      'flapping disk:/',
      'settled disk:/',
    ]);
    const [, , , , flapping, settled] = site.messages;
    assert.equal(flapping?.second, 600);
    // Thirty minutes after it last moved.
    assert.ok(
      settled && settled.second >= hour + 1800 - 150 && settled.second <= hour + 1800 + 120,
    );
  });

  it('4: what is critical for the first time while it flaps is told once', () => {
    const site = new Watching();
    const at = (second: number) =>
      second % 300 < 150 && second < hour ? (second >= 1500 && second < 3000 ? 97 : 90) : 40;
    site.watch(hour, (second) => [percent('disk:/', at(second), { samples: 1 })]);
    assert.deepEqual(site.told.slice(4), ['flapping disk:/', 'raised disk:/']);
  });

  it('4: one that goes on being bad after it flapped is told of when it is quiet', () => {
    const site = new Watching();
    site.watch(2 * hour, (second) => [
      percent('disk:/', second >= 900 || second % 300 < 150 ? 90 : 40, { samples: 1 }),
    ]);
    assert.equal(site.told.at(-1), 'reminder disk:/');
    assert.equal(site.state.keys['disk:/']?.alert?.phase, 'firing');
  });

  it('5: what hangs on something bad or pending is held, and told only if it is still bad later', () => {
    const at = (second: number) => {
      const backend = second < 10 * minute ? 'critical' : 'healthy';
      return [
        check('backend', { kind: 'service', level: backend }),
        // Slow to clear: well from the same moment on, and open for longer.
        check('http', { kind: 'service', samples: 2, level: backend, after: ['backend'] }),
        // Bad by itself.
        check('login', { kind: 'service', samples: 2, level: 'critical', after: ['backend'] }),
      ];
    };
    const site = new Watching();
    site.watch(30 * minute, at);
    // While backend was only pending, http had its two samples already.
    assert.deepEqual(site.messages[0], { second: 60, lines: ['fired backend'] });
    assert.deepEqual(site.told, ['fired backend', 'resolved backend', 'fired login']);
    assert.equal(site.state.keys.http?.alert, null);
    const released = site.messages[1]?.second ?? 0;
    assert.equal(site.messages[2]?.second, released + 4 * 30);
    const fired = site.seen.find(({ second }) => second === 60);
    assert.equal(fired?.judged.lines[0]?.holds, 2);
  });

  it('5: one that is open and slow to clear is not told of when what held it is gone', () => {
    const site = new Watching();
    site.watch(30 * minute, (second) => [
      check('backend', { kind: 'event', level: second < 5 * minute ? 'critical' : 'healthy' }),
      check('queue', {
        kind: 'gauge',
        samples: 8,
        level: second < 5 * minute + 30 ? 'warning' : 'healthy',
        after: ['backend'],
      }),
    ]);
    assert.deepEqual(site.told, ['fired backend', 'resolved backend']);
  });

  it('5: those that hang on each other hold nobody, and over several the first is told', () => {
    const site = new Watching();
    site.look([
      check('a', { kind: 'event', level: 'critical', after: ['b'] }),
      check('b', { kind: 'event', level: 'critical', after: ['a'] }),
      check('c', { kind: 'event', level: 'critical', after: ['d'] }),
      check('d', { kind: 'event', level: 'critical', after: ['e'] }),
      check('e', { kind: 'event', level: 'critical', after: ['no-such'] }),
    ]);
    assert.deepEqual(site.told.toSorted(), ['fired a', 'fired b', 'fired e']);
    assert.equal(site.told[0], 'fired e');
  });

  it('5: the profile says what hangs on what too', () => {
    const rules = rulesOf({ after: (key) => (key === 'http' ? ['pm2.app'] : []) });
    const site = new Watching({ rules });
    const bad = { kind: 'event', level: 'critical' } as const;
    site.look([check('http', bad), check('pm2.app', bad)]);
    assert.deepEqual(site.told, ['fired pm2.app']);
    assert.equal(site.state.keys.http?.alert?.heldBy, 'pm2.app');
  });

  it('6: services that come up within three minutes of the start are not told of', () => {
    const site = new Watching({ uptime: 10 });
    site.watch(30 * minute, (second) => [
      check('app', { kind: 'service', level: second < 90 ? 'critical' : 'healthy' }),
    ]);
    assert.deepEqual(site.messages, []);
  });

  it('6: one that never comes up is told once, at three minutes', () => {
    const site = new Watching({ uptime: 0 });
    site.wait(0);
    site.everyMs = 10_000;
    site.watch(10 * minute, () => [check('app', { kind: 'service', level: 'critical' })]);
    assert.deepEqual(site.messages, [{ second: 180, lines: ['fired app'] }]);
  });

  it('6: a slow start after a restart is no storm, and what fired before goes on', () => {
    const site = new Watching();
    const services = Array.from({ length: 20 }, (_, at) => `service-${at}`);
    site.watch(10 * minute, () => [
      check('broken', { kind: 'service', level: 'critical' }),
      ...services.map((id) => check(id, { kind: 'service' })),
    ]);
    site.restart(20);
    const from = site.second;
    site.watch(10 * minute, (second) => [
      check('broken', { kind: 'service', level: 'critical' }),
      ...services.map((id) =>
        check(id, { kind: 'service', level: second - from < 100 ? 'critical' : 'healthy' }),
      ),
    ]);
    assert.deepEqual(site.told, ['fired broken']);
  });

  it('7: a gap of more than 2.5 intervals is told itself', () => {
    const site = new Watching();
    site.watch(2 * minute, () => [check('cpu')]);
    site.wait(61 * minute - 30);
    const judged = site.look([check('cpu')]);
    assert.deepEqual(site.told, ['blind -']);
    assert.equal(judged.lines[0]?.text, 'Blind for 1 h 1 min: nobody looked at the site.');
    assert.equal(judged.events[0]?.ms, 61 * minute * 1000);
  });

  it('7: less is no gap, nor is a pass by hand between', () => {
    const site = new Watching();
    site.look([check('cpu')]);
    site.wait(75);
    site.look([check('cpu')]);
    assert.deepEqual(site.told, []);
    site.wait(40);
    site.look([check('cpu')], false);
    site.wait(36);
    site.look([check('cpu')]);
    assert.deepEqual(site.told, ['blind -']);
  });

  it('8: 200 keys at once are one message, root causes first', () => {
    const site = new Watching();
    const keys = Array.from({ length: 200 }, (_, at) =>
      check(`key-${at}`, { kind: 'event', level: 'warning' }),
    );
    const root = check('backend', { kind: 'event', level: 'warning' });
    const child = check('http', { kind: 'event', level: 'critical', after: ['backend'] });
    site.look([...keys, child, root]);
    assert.equal(site.messages.length, 1);
    assert.equal(site.told.length, 201);
    assert.equal(site.told[0], 'fired backend');
  });

  it('9: reminds who has not acknowledged, of critical every 4 h and of warning every 24 h', () => {
    const site = new Watching();
    site.watch(25 * hour, () => [
      check('disk:/', { level: 'critical', samples: 1 }),
      check('disk:/srv', { level: 'warning', samples: 1 }),
    ]);
    const reminders = site.messages
      .slice(1)
      .map(({ second, lines }) => `${second / hour} h ${lines}`);
    assert.deepEqual(reminders, [
      '4 h reminder disk:/',
      '8 h reminder disk:/',
      '12 h reminder disk:/',
      '16 h reminder disk:/',
      '20 h reminder disk:/',
      '24 h reminder disk:/,reminder disk:/srv',
    ]);
  });

  it('9: an acknowledgement ends by time', () => {
    const site = new Watching();
    const disk = [check('disk:/', { level: 'critical', samples: 1 })];
    site.look(disk);
    const state = site.state.keys['disk:/'];
    assert.ok(state?.alert);
    const untilTick = 6 * hour * 1000;
    const acknowledged = { by: 'anna', at: '', until: '', untilTick, note: null };
    site.state = {
      ...site.state,
      keys: { 'disk:/': { ...state, alert: { ...state.alert, acknowledged } } },
    };
    site.wait(30);
    site.watch(7 * hour, () => disk);
    assert.deepEqual(site.messages[1], { second: 6 * hour, lines: ['reminder disk:/'] });
  });

  it('9: what is resolved by hand and still bad reopens the same after n samples', () => {
    const site = new Watching();
    const http = [check('http', { kind: 'service', level: 'critical' })];
    site.watch(90, () => http);
    const state = site.state.keys.http;
    assert.ok(state?.alert);
    const { id, since } = state.alert;
    const bad = { warning: 0, critical: 0 };
    site.state = {
      ...site.state,
      keys: { http: { ...state, bad, alert: null, reopens: { id, since } } },
    };
    const from = site.second;
    site.watch(2 * minute, () => http);
    assert.deepEqual(site.messages[1], { second: from + 60, lines: ['reopened http'] });
    assert.equal(site.state.keys.http?.alert?.id, id);
    assert.equal(site.state.keys.http?.alert?.since, since);
  });

  it('10: a clock that is set is an event and never an alert, and moves no duration', () => {
    const site = new Watching();
    const disk = (value: number) => [percent('disk:/', value, { samples: 1 })];
    site.look(disk(90));
    site.wait(30);
    site.skewMs = 6 * hour * 1000;
    const judged = site.look(disk(90));
    assert.deepEqual(
      judged.events.map(({ type, ms }) => [type, ms]),
      [['clock-jump', 6 * hour * 1000]],
    );
    site.skewMs = -6 * hour * 1000;
    site.wait(30);
    const from = site.second;
    site.watch(10 * minute, () => disk(40));
    assert.deepEqual(site.told, ['fired disk:/', 'resolved disk:/']);
    assert.equal(site.messages[1]?.second, from + 120);
  });

  it('10: four seconds are no jump, and a sample that is no later is refused', () => {
    const site = new Watching();
    const bad = [check('cpu', { level: 'warning', samples: 2 })];
    site.look(bad);
    site.skewMs = 4000;
    site.wait(30);
    assert.deepEqual(site.look([check('cpu', { samples: 2, level: 'warning' })]).events, []);
    const before = site.state;
    const again = site.look([check('disk:/', { level: 'critical', samples: 1 })]);
    assert.equal(again.refused, true);
    assert.equal(site.state, before);
    assert.deepEqual(again.lines, []);
  });

  it('11: 90 % of a disk that has room all the same is well, and just below a threshold is not', () => {
    const disk = (value: number, level: 'warning' | 'healthy') =>
      percent('disk:/', value, { level, samples: 1 });
    for (const [value, expected] of [
      [90, ['fired disk:/', 'resolved disk:/']],
      [84, ['fired disk:/']],
    ] as const) {
      const site = new Watching();
      site.look([disk(90, 'warning')]);
      site.wait(30);
      site.watch(10 * minute, () => [disk(value, 'healthy')]);
      assert.deepEqual(site.told, expected);
    }
  });

  it('12: a state that was kept and read again sends nothing again', () => {
    const site = new Watching();
    const bad = [
      check('disk:/', { level: 'critical', samples: 1 }),
      check('cpu', { level: 'warning' }),
    ];
    site.watch(3 * minute, () => bad);
    site.state = JSON.parse(JSON.stringify(site.state));
    site.watch(3 * minute, () => bad);
    assert.deepEqual(site.told, ['fired disk:/', 'fired cpu']);
  });

  it('holds silenced and maintained ones, and tells later only what is still bad', () => {
    let silent = true;
    const rules = rulesOf({ silencedUntil: () => (silent ? '2026-11-25T12:00:00Z' : null) });
    const site = new Watching({ rules });
    const at = () => [
      check('disk:/', { level: 'critical', samples: 1 }),
      check('http', {
        kind: 'service',
        samples: 1,
        level: site.second < 300 ? 'critical' : 'healthy',
      }),
    ];
    site.watch(290, at);
    assert.deepEqual(site.told, []);
    assert.equal(site.state.keys['disk:/']?.alert?.silencedUntil, '2026-11-25T12:00:00Z');
    silent = false;
    site.look(at());
    assert.deepEqual(site.told, ['fired disk:/']);
    const work = new Watching({ rules: rulesOf({ maintenance: true }) });
    work.look([
      check('disk:/', { level: 'critical', samples: 1 }),
      check('backup.newest', { level: 'critical', samples: 1 }),
      check('http', { level: 'critical', samples: 1 }),
    ]);
    assert.deepEqual(work.told, ['fired disk:/', 'fired backup.newest']);
    work.rules = rulesOf();
    work.wait(30);
    work.look([
      check('disk:/', { level: 'critical', samples: 1 }),
      check('http', { level: 'critical', samples: 1 }),
    ]);
    assert.equal(work.told.at(-1), 'fired http');
  });

  it('owes the end of what was told before a window, and tells it after', () => {
    const site = new Watching();
    site.look([check('http', { level: 'critical', samples: 1 })]);
    site.rules = rulesOf({ maintenance: true });
    site.wait(30);
    site.watch(10 * minute, () => [check('http', { samples: 1 })]);
    assert.deepEqual(site.told, ['fired http']);
    site.rules = rulesOf();
    site.look([check('http', { samples: 1 })]);
    assert.deepEqual(site.told, ['fired http', 'resolved http']);
  });

  it('judges 200 keys within two milliseconds', () => {
    const site = new Watching();
    const keys = (level: 'healthy' | 'warning') =>
      Array.from({ length: 200 }, (_, at) =>
        percent(`key-${at}`, level === 'healthy' ? 40 : 90, { after: [`key-${at - 1}`] }),
      );
    const times: number[] = [];
    for (let pass = 0; pass < 200; pass += 1) {
      const checks = keys(Math.floor(pass / 10) % 2 === 0 ? 'healthy' : 'warning');
      const from = process.cpuUsage().user;
      site.look(checks);
      times.push((process.cpuUsage().user - from) / 1000);
      site.wait(30);
    }
    const median = times.toSorted((one, other) => one - other)[100] ?? 0;
    assert.ok(median < 2, `${median} ms`);
  });
});
