import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { temporaryFolder } from '@om-ops/test-support/temp';
import HealthTop from '../src/commands/health/top.ts';
import type { ProcessRow } from '../src/readers/processes.ts';
import { commandOf, pm2AppOf, unitOf } from '../src/readers/usage.ts';
import { madeMachine } from './made-machine.ts';

describe('health top', () => {
  it('finds what is busy, by command, user and PM2 app, and shows no arguments', async (test) => {
    const script = 'process.title; for (;;);';
    const secret = '--password=hunter2-very-secret';
    const child = spawn(process.execPath, ['-e', script, '--', secret], {
      stdio: 'ignore',
      env: { pm_id: '3', name: 'busy-app', DB_PASSWORD: 'hunter2-very-secret' },
    });
    test.after(() => child.kill('SIGKILL'));
    await once(child, 'spawn');
    const run = await runCommand(HealthTop, ['--by', 'cpu', '--limit', '200', '--json']);
    assert.equal(run.code, 0, run.stdout);
    const { groups, processes } = (run.json() as { result: Awaited<ReturnType<HealthTop['run']>> })
      .result;
    const busy = groups.find(({ pm2 }) => pm2 === 'busy-app');
    assert.ok(busy, JSON.stringify(groups.slice(0, 3)));
    assert.ok(busy.cpuPercent > 5, String(busy.cpuPercent));
    assert.equal(busy.user, userInfo().username);
    assert.equal(busy.pid, child.pid);
    assert.equal(busy.command, 'node');
    assert.ok(busy.memoryBytes > 1e6 && processes > 1);
    assert.doesNotMatch(run.stdout, /hunter2/);
    for (let at = 1; at < groups.length; at += 1)
      assert.ok((groups[at - 1]?.cpuPercent ?? 0) >= (groups[at]?.cpuPercent ?? 0));
    assert.equal((await runCommand(HealthTop, ['--user', 'no-such-user'])).code, 2);
  });

  it('tells who keeps a process, and what an interpreter runs', (test) => {
    const id = 'a'.repeat(64);
    const machine = {
      ...madeMachine(temporaryFolder(test), {
        'proc/10/cgroup': '0::/system.slice/nginx.service\n',
        'proc/11/cgroup': `0::/system.slice/docker-${id}.scope\n`,
        'proc/12/cgroup': '0::/\n',
        'proc/12/environ': 'name=no-app\0HOME=/\0',
      }),
      now: () => new Date(),
    };
    assert.equal(unitOf(machine, 10), 'nginx.service');
    assert.equal(unitOf(machine, 11), `container ${'a'.repeat(12)}`);
    assert.equal(unitOf(machine, 12), null);
    assert.equal(pm2AppOf(machine, 12), null);
    const named = (argv: string[]) => commandOf({ name: 'kthread', argv } as unknown as ProcessRow);
    assert.equal(named([]), '[kthread]');
    assert.equal(
      named(['/usr/bin/node', '--max-old-space-size=1', '/srv/app/server.js', '--token', 'x']),
      'node server.js',
    );
    assert.equal(named(['python3', '-m', 'celery', 'worker']), 'python3 celery');
    assert.equal(named(['bash', '-c', 'export SECRET=x']), 'bash');
    assert.equal(named(['nginx: worker process']), 'nginx');
  });
});
