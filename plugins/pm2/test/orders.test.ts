import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serverSource } from '@om-ops/test-support/pm2';
import { waitFor } from '@om-ops/test-support/wait';
import type { OrderResult } from '../src/app/carry-out.ts';
import Pm2Reset from '../src/commands/pm2/reset.ts';
import Pm2Restart from '../src/commands/pm2/restart.ts';
import Pm2Start from '../src/commands/pm2/start.ts';
import Pm2Stop from '../src/commands/pm2/stop.ts';
import { waitMs } from '../src/wait-flag.ts';
import { inRoot, pm2Site, rewrite } from './support/site.ts';

for (const node of ['system', 'own'] as const) {
  describe(`orders to PM2 on the ${node} Node`, () => {
    it('restarts, stops, starts and resets, and each is so when it ends', async (test) => {
      const site = await pm2Site(test, { node });
      await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);

      const restart = (await site.command(Pm2Restart)).json<OrderResult>();
      assert.equal(restart.ok, true, JSON.stringify(restart));
      assert.equal(restart.result.status.status, 'online');
      assert.notDeepEqual(restart.result.pids.after, restart.result.pids.before);
      assert.equal(restart.result.health?.status, 200);
      assert.equal(restart.result.status.restarts, 1);

      const running = (await site.command(Pm2Start)).json<OrderResult>();
      assert.equal(running.result.changed, false);
      assert.deepEqual(running.result.pids.after, restart.result.pids.after);

      const reset = (await site.command(Pm2Reset)).json<OrderResult>();
      assert.equal(reset.result.status.restarts, 0);
      assert.deepEqual(reset.result.pids.after, restart.result.pids.after);

      const stop = (await site.command(Pm2Stop)).json<OrderResult>();
      assert.equal(stop.result.status.status, 'stopped');
      assert.deepEqual(stop.result.pids.after, []);
      await assert.rejects(fetch(`http://127.0.0.1:${site.pm2.port}/`));

      const start = (await site.command(Pm2Start)).json<OrderResult>();
      assert.equal(start.result.status.status, 'online');
      assert.equal(start.result.changed, true);
    });
  });
}

describe('a restart', () => {
  it('says beforehand what it costs, by the number of instances, and does with those of a cluster what it says', async (test) => {
    const site = await pm2Site(test);
    const planned = async () =>
      (await site.command(Pm2Restart, ['--json', '--dry-run'])).json<OrderResult>().result;
    const script = inRoot(site, 'server/app.js');
    await site.pm2.run(['start', script, '--name', site.app, '-s']);
    assert.match((await planned()).interrupts ?? '', /Nobody is answered from its end until/);
    await site.pm2.run(['delete', site.app, '-s']);
    await site.pm2.run(['start', script, '--name', site.app, '-i', '2', '-s']);
    assert.match((await planned()).interrupts ?? '', /The 2 instances are restarted one after/);
    const { result } = (await site.command(Pm2Restart)).json<OrderResult>();
    const { before, after } = result.pids;
    assert.deepEqual([before.length, after.length], [2, 2]);
    assert.deepEqual(
      after.filter((pid) => before.includes(pid)),
      [],
    );
  });
});

describe('an order that does not come to what it is for', () => {
  it('is exit 1 with the last lines of its error log, when the app dies at once', async (test) => {
    const site = await pm2Site(test);
    await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
    rewrite(site, {
      'server/app.js': `throw new Error('PASSWORD=hunter2-long is wrong for the pool');\n`,
    });
    const run = await site.command(Pm2Restart);
    const { ok, error, result } = run.json<OrderResult>();
    assert.equal(run.code, 1);
    assert.equal(ok, false);
    assert.equal(error.code, 'E_SERVICE_FAILED');
    assert.match(error.message, /given up on it.*Error: PASSWORD=<REDACTED>/);
    assert.equal(result.status.status, 'errored');
    assert.ok(result.errorLines.some((line) => line.includes('<REDACTED>')));
    assert.ok(!run.stdout.includes('hunter2-long'));
  });

  it('is exit 1 for one that lives too long for PM2 to give it up', async (test) => {
    const site = await pm2Site(test, {
      files: { 'server/app.js': serverSource(1) },
    });
    rewrite(site, { 'server/app.js': serverSource(site.pm2.port) });
    await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
    rewrite(site, { 'server/app.js': serverSource(site.pm2.port, { dies: 1500 }) });
    const run = await site.command(Pm2Restart, ['--json', '--timeout', '12s']);
    const { error, result } = run.json<OrderResult>();
    assert.equal(run.code, 1);
    assert.ok(['E_TIMED_OUT', 'E_SERVICE_FAILED'].includes(error.code), error.code);
    assert.match(error.message, /it cannot go on/);
    assert.ok(result.status.restarts > 1);
  });

  it('does not take another process on the port for the app', async (test) => {
    const site = await pm2Site(test);
    rewrite(site, { 'server/quiet.js': 'setInterval(() => {}, 1000);\n' });
    await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', 'other', '-s']);
    await site.pm2.run(['start', inRoot(site, 'server/quiet.js'), '--name', site.app, '-s']);
    const run = await site.command(Pm2Restart);
    const { error } = run.json<OrderResult>();
    assert.equal(run.code, 1);
    assert.equal(error.code, 'E_PORT_TAKEN');
    assert.match(error.message, new RegExp(`Port ${site.pm2.port} is answered by another process`));
  });
});

describe('an order', () => {
  it('touches the app of this very name, and no namespace of that name', async (test) => {
    const site = await pm2Site(test);
    const start = ['start', inRoot(site, 'server/app.js'), '-s'];
    await site.pm2.run([...start, '--name', 'worker', '--namespace', site.app]);
    const before = await site.pm2.run(['jlist', '-s']);
    const run = await site.command(Pm2Restart);
    assert.equal(run.code, 5);
    assert.equal(run.json().error.code, 'E_APP_UNKNOWN');
    const pidOf = (list: string) => JSON.parse(list)[0].pid;
    assert.equal(pidOf(await site.pm2.run(['jlist', '-s'])), pidOf(before));
  });

  it('starts no daemon, not even to be told that there is none', async (test) => {
    const site = await pm2Site(test);
    const run = await site.command(Pm2Restart);
    assert.equal(run.code, 5);
    assert.equal(run.json().error.code, 'E_PM2_DOWN');
    assert.equal(site.pm2.daemon(), undefined);
  });

  it('says in a dry run what it would do, and does nothing', async (test) => {
    const site = await pm2Site(test);
    await site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
    const log = () => readFileSync(join(site.pm2.home, 'pm2.log'), 'utf8');
    await waitFor('the app', () => fetch(`http://127.0.0.1:${site.pm2.port}/`));
    const before = log();
    const run = await site.command(Pm2Stop, ['--dry-run']);
    assert.equal(run.code, 0);
    assert.match(run.stdout, /Would tell the PM2 of \w+ \(.*\) to stop demo-\d+ \(id 0; pid \d+\)/);
    assert.equal(log(), before);
  });

  it('takes a bare number for seconds, and refuses to wait for days', async (test) => {
    const site = await pm2Site(test);
    assert.equal(waitMs('90'), 90_000);
    assert.equal(waitMs('5m'), 300_000);
    for (const time of ['0', '2d', 'soon'])
      assert.equal((await site.command(Pm2Restart, ['--timeout', time])).code, 2, time);
  });

  it('says what is missing when there is no pm2', async (test) => {
    const site = await pm2Site(test);
    const profile = readFileSync(site.profile, 'utf8');
    writeFileSync(site.profile, profile.replace(/bin: [^,]+/, 'bin: /nowhere/pm2'));
    const run = await site.command(Pm2Restart);
    assert.equal(run.code, 5);
    assert.match(run.json().error.suggestions.join(), /npm install -g pm2/);
  });
});
