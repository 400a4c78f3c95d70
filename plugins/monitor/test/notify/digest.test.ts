import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import NotifyDigest from '../../src/commands/notify/digest.ts';
import { lastPeriod, periodOf } from '../../src/digest/period.ts';
import { Outbox } from '../../src/notify/outbox.ts';

const folder = temporaryFolder({ after });
const box = join(folder, 'box.jsonl');
const gate = join(folder, 'gate');
const site = smallSite(
  folder,
  {},
  {
    profile: [
      'database: {engine: none}',
      'notify:',
      '  channels:',
      `    box: {type: command, argv: [sh, -c, "test -f ${gate} && cat >> ${box}"]}`,
      '  digest: {daily: {at: "08:00", to: [box]}}',
    ].join('\n'),
  },
);

type Result = Awaited<ReturnType<NotifyDigest['run']>>;

async function digest(argv: readonly string[], code = 0, now = '2026-11-25T08:00:00Z') {
  const result = await runCommand(NotifyDigest, [...argv, '--json'], {
    site: site.profile,
    env: { OM_OPS_NOW: now },
  });
  assert.equal(result.code, code, result.stdout + result.stderr);
  return result.json<Result>().result as Result;
}

const received = () =>
  readFileSync(box, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; subject: string; text: string });

describe('notify digest', () => {
  it('is of the newest day, week and month that is over, in the zone of the site', () => {
    const keys = (time: string, zone: string) =>
      execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `
        const { lastPeriod } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/digest/period.ts'))});
        for (const kind of ['daily', 'weekly', 'monthly']) {
          const { key, from, to } = lastPeriod(kind, new Date('${time}'));
          console.log(key, (to - from) / 3600000);
        }`,
        ],
        { env: { ...process.env, TZ: zone }, encoding: 'utf8' },
      )
        .trim()
        .split('\n');
    // The day on which the clocks go back is 25 hours long, and begins and ends at midnight there.
    assert.deepEqual(keys('2026-10-26T07:00:00Z', 'Europe/Berlin'), [
      '2026-10-25 25',
      '2026-W43 169',
      '2026-09 720',
    ]);
    // It is still the day before in New York.
    assert.equal(keys('2026-11-25T03:00:00Z', 'America/New_York')[0], '2026-11-23 24');
    assert.equal(keys('2026-01-04T12:00:00Z', 'UTC')[1], '2025-W52 168');
    assert.equal(keys('2027-01-05T12:00:00Z', 'UTC')[1], '2026-W53 168');
    for (const kind of ['daily', 'weekly', 'monthly'] as const) {
      const last = lastPeriod(kind, new Date());
      assert.deepEqual(periodOf(kind, last.key), last);
    }
    for (const wrong of ['2026-02-30', '2026-W54', '2026', 'x'])
      assert.throws(
        () => periodOf(wrong.includes('W') ? 'weekly' : 'daily', wrong),
        /is no period/,
      );
  });

  it('prints what happened without sending it, also of today', async () => {
    const log = `2026-11-24T09:00:00.000+00:00 INFO  backup:run exit=0 seconds=1.0\n2026-11-24T09:30:00.000+00:00 ERROR build:backend exit=1 seconds=9.0\n2026-11-24T09:30:00.000+00:00 WARN  build:backend warning=x\n2026-11-25T01:00:00.000+00:00 INFO  backup:run exit=0 seconds=1.0\n`;
    const seen = await digest(['daily', '--print']);
    assert.equal(seen.period.key, '2026-11-24');
    assert.deepEqual(
      seen.channels.map(({ state }) => state),
      ['not-sent'],
    );
    assert.equal(existsSync(site.state), false);
    mkdirSync(site.state, { mode: 0o700 });
    writeFileSync(join(site.state, 'om-ops.log'), log);
    const { content, subject, text } = await digest(['daily', '--print']);
    assert.equal(subject, 'Day 2026-11-24: not watched; 0 backups; 2 runs, 1 failed');
    assert.deepEqual(content.operations.commands[0], {
      command: 'build:backend',
      runs: 1,
      failed: 1,
    });
    assert.match(text, /Nobody looked at the site in this time, so none could be raised/);
    assert.match(text, /om-ops build backend failed 1 of 1 time/);
    await digest(['daily', '--period', '2026-11-25', '--print']);
    await digest(['daily', '--period', '2026-11-25'], 2);
    await digest(['daily', '--period', '2026-13-01'], 2);
    await digest(['yearly'], 2);
  });

  it('goes once per period, waits while the channel is down, and never twice after a crash', async () => {
    const [first] = (await digest(['daily'], 7)).channels;
    assert.equal(first?.state, 'waiting');
    writeFileSync(gate, '');
    assert.equal((await digest(['daily'])).channels[0]?.state, 'sent');
    assert.equal((await digest(['daily'])).channels[0]?.state, 'before');
    assert.deepEqual(
      received().map(({ id }) => id),
      ['digest-daily-2026-11-24-box'],
    );
    // Cut off between taking it and knowing that it arrived.
    const outbox = new Outbox(site.state, { warn: assert.fail, command: 'test' });
    const [sent] = outbox.ended();
    assert.ok(sent);
    const claim = {
      pid: 2 ** 22 + 1,
      start: '1',
      host: hostname(),
      boot: null,
      pidSpace: null,
      at: sent.createdAt,
    };
    outbox.write({ ...sent, id: 'digest-daily-2026-11-23-box', state: 'waiting', claim });
    const doubt = await digest(['daily', '--period', '2026-11-23'], 7);
    assert.equal(doubt.channels[0]?.state, 'in-doubt');
    assert.equal(
      (await digest(['daily', '--period', '2026-11-23'], 7)).channels[0]?.state,
      'in-doubt',
    );
    assert.equal(received().length, 1);
  });

  it('tells nobody where the profile names nobody, and says so', async () => {
    assert.deepEqual((await digest(['weekly'])).channels, []);
    const { stdout } = await runCommand(NotifyDigest, ['weekly'], { site: site.profile });
    assert.match(stdout, /Nobody is told of it: the profile has no notify.digest.weekly/);
  });
});
