import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startDaemon } from '@om-ops/test-support/daemon';
import { checkout } from '@om-ops/test-support/om-ops';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

const profile = `
database: {engine: none}
services:
  clock: {process: {argv: [/bin/sleep, "4711"], pidfile: clock.pid}, critical: true}
  none: {compose: {project: shop, service: none}, wanted: false}
`;

describe('om-ops service', () => {
  it('starts, follows, stops, is interrupted, and tells each way it can end by its exit code', async (test) => {
    const pids = new Set<number>();
    test.after(() => {
      for (const pid of pids)
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
    });
    const folder = temporaryFolder(test);
    const site: SmallSite = smallSite(folder, {}, { profile });
    const pidfile = join(site.root, 'clock.pid');
    const pidNow = () => Number(readFileSync(pidfile, 'utf8'));
    const run = (...argv: string[]) => site.run(['service', ...argv]);

    assert.equal((await run('status', 'clock')).code, 6);
    const none = smallSite(join(folder, 'none'), {});
    assert.equal(
      (await none.run(['service', 'ports'])).code,
      0,
      'a site need not name services for that',
    );
    assert.equal((await none.run(['service', 'status'])).code, 5);
    // Its settling is what is interrupted.
    const starting = await startDaemon(
      join(checkout, 'bin/om-ops'),
      ['service', 'start', 'clock', '--settle', '60s', '--json'],
      /Apply/,
      { cwd: '/', env: { ...process.env, OM_OPS_SITE: site.profile, HOME: folder } },
    );
    await waitFor('the process', () => pidNow() > 0);
    pids.add(pidNow());
    process.kill(starting.pid, 'SIGINT');
    await starting.ended;
    assert.match(starting.output(), /"exit": 130/);
    assert.match(
      starting.output(),
      /clock was told to start, and what came of it was not waited for/,
    );

    const status = await run('status', 'clock');
    assert.equal(status.code, 0, status.stdout + status.stderr);
    assert.match(status.stdout, /clock +process +running/);
    assert.equal((await run('stop', 'clock')).code, 3, 'it is critical');
    assert.equal((await run('why', 'clock')).code, 0);
    assert.equal((await run('start', 'clock', '--settle', 'soon')).code, 2);
    assert.equal((await run('start', 'none')).code, 5, 'no Docker, or no such container');
    const stopped = await run('stop', 'clock', '--confirm', 'YES APPLY');
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.match(stopped.stdout, /clock is stopped/);
    assert.match(readFileSync(join(site.state, 'om-ops.log'), 'utf8'), /service:stop/);
  });
});
