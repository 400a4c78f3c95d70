import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { checkout } from '@om-ops/test-support/om-ops';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

describe('om-ops health', () => {
  it('ends with 0, 6, 7 and as Nagios wants it, and tells afterwards what was seen', async (test) => {
    const checks = {
      fine: { command: { argv: ['true'] } },
      bad: { command: { argv: ['false'] } },
      lost: { command: { argv: ['/no/such/program'] } },
    };
    const site = smallSite(
      temporaryFolder(test),
      {},
      { profile: `database: {engine: none}\nhealth: ${JSON.stringify({ checks })}` },
    );
    assert.equal((await site.run(['health', 'check', 'command:fine'])).code, 0);
    assert.equal((await site.run(['health', 'check', 'command:lost'])).code, 7);
    assert.equal((await site.run(['health', 'check', 'command:bad'])).code, 6);
    const nagios = await site.run(['health', 'check', 'command:bad', '--format', 'nagios']);
    assert.equal(nagios.code, 2);
    assert.match(nagios.stdout, /^OM-OPS CRITICAL - /);
    assert.equal((await site.run(['health', 'check', '--format', 'nagios', '--nothing'])).code, 3);
    assert.equal((await site.run(['status'])).code, 7);
    assert.equal((await site.run(['health', 'check'])).code, 6);
    const status = await site.run(['status']);
    assert.equal(status.code, 6);
    assert.match(status.stdout, /critical +command:bad/);
  });

  it('watches until Ctrl-C, which ends it with 130 and leaves no lock', async (test) => {
    const site = smallSite(temporaryFolder(test), {}, { profile: 'database: {engine: none}' });
    const child = spawn(
      join(checkout, 'bin/om-ops'),
      ['health', 'watch', '--every', '1s', '--json'],
      {
        env: { ...process.env, OM_OPS_SITE: site.profile, HOME: site.root },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    test.after(() => child.kill('SIGKILL'));
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    const closed = once(child, 'close');
    await waitFor('two passes', () => lines.length >= 2, { timeoutMs: 60_000 });
    const second = await site.run(['health', 'watch', '--json']);
    assert.equal(second.code, 4);
    child.kill('SIGINT');
    const [code] = await closed;
    assert.equal(code, 130);
    const last = JSON.parse(lines.at(-1) ?? '');
    assert.deepEqual([last.ok, last.result.endedBy], [true, 'interrupt']);
    assert.ok(!existsSync(join(site.state, 'locks/health-watch.lock')));
    const heartbeat = JSON.parse(readFileSync(join(site.state, 'monitor/heartbeat.json'), 'utf8'));
    assert.equal(heartbeat.everyMs, 1000);
  });
});
