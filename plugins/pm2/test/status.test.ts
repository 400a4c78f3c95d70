import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serverSource, testPm2 } from '@om-ops/test-support/pm2';
import { waitFor } from '@om-ops/test-support/wait';
import type { Problem } from '../src/app/problems.ts';
import type { AppStatus } from '../src/app/status.ts';
import Pm2Status from '../src/commands/pm2/status.ts';
import { inRoot, type Pm2Site, pm2Site, rewrite } from './support/site.ts';

type Status = AppStatus & { saved: boolean | null; problems: Problem[] };

const start = (site: Pm2Site, ...more: string[]) =>
  site.pm2.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s', ...more]);
const look = async (site: Pm2Site) => {
  const run = await site.command(Pm2Status);
  const { result } = run.json<Status>();
  return { code: run.code, result, codes: result.problems.map(({ code }) => code) };
};

for (const node of ['system', 'own'] as const) {
  describe(`pm2 status with PM2 on the ${node} Node`, () => {
    it('tells an app that is up, saved and started at boot with exit 0, as jlist does', async (test) => {
      const site = await pm2Site(test, { node });
      await start(site);
      await site.pm2.run(['save', '-s']);
      const [one] = JSON.parse(await site.pm2.run(['jlist', '-s']));
      const { code, result, codes } = await look(site);
      assert.deepEqual(codes, []);
      assert.equal(code, 0);
      assert.equal(result.exists, true);
      assert.equal(result.status, 'online');
      assert.equal(result.pid, one.pid);
      assert.equal(result.restarts, one.pm2_env.restart_time);
      assert.ok(result.memoryBytes > 1e6);
      assert.ok(Math.abs((result.uptimeMs ?? 0) - (Date.now() - one.pm2_env.pm_uptime)) < 2000);
      assert.deepEqual(result.daemon, {
        running: true,
        version: '7.0.4',
        outdated: false,
        pid: site.pm2.daemon(),
        answers: true,
      });
      assert.equal(result.home, site.pm2.home);
      assert.equal(result.instances[0]?.node, one.pm2_env.node_version);
    });
  });
}

describe('pm2 status', () => {
  it('starts no daemon and makes no home', async (test) => {
    const site = await pm2Site(test);
    const { code, result, codes } = await look(site);
    assert.equal(code, 6);
    // Another PM2 of this machine may be one that cannot be asked.
    assert.equal(codes[0], 'E_PM2_DOWN');
    assert.equal(result.exists, false);
    assert.equal(result.status, 'absent');
    assert.equal(result.daemon.running, false);
    assert.ok(!existsSync(site.pm2.home));
  });

  it('says of a daemon that a signal has stopped that it does not answer, and soon', async (test) => {
    const site = await pm2Site(test);
    await start(site);
    const daemon = site.pm2.daemon() as number;
    process.kill(daemon, 'SIGSTOP');
    const began = performance.now();
    const { code, result, codes } = await look(site);
    assert.ok(performance.now() - began < 4000);
    assert.equal(code, 6);
    assert.deepEqual(codes, ['E_PM2_WEDGED']);
    assert.equal(result.status, 'unknown');
    assert.equal(result.daemon.running, true);
    assert.equal(result.daemon.answers, false);
    assert.match(result.problems[0]?.fix ?? '', new RegExp(`kill -CONT ${daemon}`));
  });

  it('tells a daemon that is older than the program', async (test) => {
    const site = await pm2Site(test);
    await start(site);
    await site.pm2.run(['save', '-s']);
    rewrite(site, {
      'pm2/package.json': JSON.stringify({ name: 'pm2', version: '7.1.0' }),
      'pm2/bin/pm2': '#!/bin/sh\nexit 9\n',
    });
    chmodSync(inRoot(site, 'pm2/bin/pm2'), 0o755);
    const profile = readFileSync(site.profile, 'utf8');
    writeFileSync(site.profile, profile.replace(site.pm2.bin, inRoot(site, 'pm2/bin/pm2')));
    const { code, result, codes } = await look(site);
    assert.equal(code, 6);
    assert.deepEqual(codes, ['E_PM2_OUTDATED']);
    assert.equal(result.daemon.outdated, true);
  });

  it('names the user and the home of another PM2 that has the app', async (test) => {
    const site = await pm2Site(test);
    const other = await testPm2(test);
    await other.run(['start', inRoot(site, 'server/app.js'), '--name', site.app, '-s']);
    const { code, result, codes } = await look(site);
    assert.equal(code, 6);
    assert.equal(codes[0], 'E_APP_ELSEWHERE');
    assert.equal(result.exists, false);
    assert.match(result.problems[0]?.message ?? '', new RegExp(`the PM2 of root in ${other.home}`));
    await start(site);
    const twice = await look(site);
    assert.ok(twice.codes.includes('E_APP_TWICE'));
  });

  it('tells an app that is not saved, and one that was saved stopped or otherwise', async (test) => {
    const site = await pm2Site(test);
    await start(site);
    const without = await look(site);
    assert.equal(without.code, 6);
    assert.deepEqual(without.codes, ['E_APP_NOT_SAVED']);
    assert.equal(without.result.saved, false);
    await site.pm2.run(['stop', site.app, '-s']);
    await site.pm2.run(['save', '-s']);
    assert.deepEqual((await look(site)).codes, ['E_APP_STOPPED']);
    await site.pm2.run(['restart', site.app, '-s']);
    const stopped = await look(site);
    assert.match(stopped.result.problems[0]?.message ?? '', /saved while it was stopped/);
    await site.pm2.run(['save', '-s']);
    const dump = join(site.pm2.home, 'dump.pm2');
    writeFileSync(dump, readFileSync(dump, 'utf8').replaceAll('server/app.js', 'server/old.js'));
    const other = await look(site);
    assert.match(other.result.problems[0]?.message ?? '', /next boot starts .*server\/old\.js/);
  });

  it('tells that nothing starts PM2 at boot', async (test) => {
    const site = await pm2Site(test);
    await start(site);
    await site.pm2.run(['save', '-s']);
    const profile = readFileSync(site.profile, 'utf8');
    writeFileSync(site.profile, profile.replace('boot: elsewhere', 'boot: auto'));
    const { codes, code } = await look(site);
    assert.deepEqual(codes, ['E_NO_BOOT_UNIT']);
    assert.equal(code, 6);
  });

  it('tells an app that PM2 has given up', async (test) => {
    const site = await pm2Site(test, { files: { 'server/app.js': 'process.exit(7);\n' } });
    await start(site);
    const codes = await waitFor('errored', async () => {
      const found = await look(site);
      return found.result.status === 'errored' ? found : undefined;
    });
    assert.equal(codes.code, 6);
    assert.equal(codes.codes[0], 'E_APP_ERRORED');
    assert.match(codes.result.problems[0]?.message ?? '', /ended with 7 last/);
    assert.equal(codes.result.pid, null);
  });

  it('tells a crash loop that calls itself online, and not an app that was just restarted', async (test) => {
    const site = await pm2Site(test);
    await start(site);
    await site.pm2.run(['restart', site.app, '-s']);
    await site.pm2.run(['save', '-s']);
    assert.deepEqual((await look(site)).codes, []);
    rewrite(site, { 'server/app.js': serverSource(site.pm2.port, { dies: 2500 }) });
    await site.pm2.run(['restart', site.app, '-s']);
    const found = await waitFor('a second start', async () => {
      const { result, ...rest } = await look(site);
      return result.restarts > 3 && result.status === 'online' ? { result, ...rest } : undefined;
    });
    assert.equal(found.code, 6);
    assert.equal(found.codes[0], 'E_APP_CRASHING');
  });

  it('tells an app that waits to be started again', async (test) => {
    const site = await pm2Site(test, { files: { 'server/app.js': 'process.exit(1);\n' } });
    await start(site, '--exp-backoff-restart-delay', '5000');
    const found = await waitFor('waiting restart', async () => {
      const one = await look(site);
      return one.result.status === 'waiting restart' ? one : undefined;
    });
    assert.equal(found.codes[0], 'E_APP_CRASHING');
    assert.match(found.result.problems[0]?.message ?? '', /waits before it starts it again/);
  });

  it('reads as a person would want it', async (test) => {
    const site = await pm2Site(test);
    await start(site);
    const { stdout, stderr } = await site.command(Pm2Status, []);
    assert.match(stdout, /App +demo-/);
    assert.match(stdout, /Status +online/);
    assert.match(stderr, /is gone after the next boot/);
    assert.match(stderr, /om-ops pm2 setup/);
  });
});
