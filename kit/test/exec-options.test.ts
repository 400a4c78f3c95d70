import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runningProcesses } from '@om-ops/test-support/processes';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { exec, execLook } from '../src/exec.ts';
import { accountOf, runAs } from '../src/run-as.ts';

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root to become another user' };

function isRunning(pid: number): boolean {
  return runningProcesses().some((one) => one.pid === pid);
}

describe('the environment of a program', () => {
  it('is exactly what is given, if asked', async () => {
    process.env.OPERATORS_OWN = 'canary';
    try {
      const { stdout } = await exec('env', [], {
        inheritEnv: false,
        env: { A: '1', B: undefined },
      });
      assert.equal(stdout, 'A=1\n');
      const inherited = await exec('env', [], { env: { PATH: undefined } });
      assert.match(inherited.stdout, /OPERATORS_OWN=canary/);
      assert.doesNotMatch(inherited.stdout, /^PATH=/m);
    } finally {
      delete process.env.OPERATORS_OWN;
    }
  });
});

describe('the user a program runs as', () => {
  it('has its own groups and home', asRoot, async () => {
    const { stdout } = await exec('sh', ['-c', 'id -un; id -Gn; echo $HOME'], { user: 'nobody' });
    const { stdout: groups } = await exec('id', ['-Gn', 'nobody']);
    const { stdout: line } = await exec('getent', ['passwd', 'nobody']);
    assert.equal(stdout, `nobody\n${groups}${accountOf(line)?.home}\n`);
    const byNumber = await exec('id', ['-u'], { user: 65534, inheritEnv: false, env: {} });
    assert.equal(byNumber.stdout, '65534\n');
  });

  it('has all supplementary groups, which uid and gid alone would drop', asRoot, async (t) => {
    const name = `omops${process.pid}`;
    await exec('groupadd', [`${name}g`]);
    t.after(() => exec('groupdel', [`${name}g`]));
    await exec('useradd', ['-M', '-G', `${name}g`, name]);
    t.after(() => exec('userdel', [name]));
    const { stdout } = await exec('id', ['-Gn'], { user: name });
    assert.ok(stdout.split(/\s/).includes(`${name}g`), stdout);
  });

  it('is named when there is none, or when it may not be taken on', async () => {
    await assert.rejects(exec('true', [], { user: 'om-ops-nobody-at-all' }), {
      code: 'E_NO_USER',
      exit: 5,
    });
    const me = process.geteuid?.() ?? 0;
    const mine = async () => `me:x:${me}:${me}::/home/me:/bin/sh\n`;
    assert.equal(await runAs('me', 'true', [], { look: mine, path: undefined }), undefined);
    await assert.rejects(exec('om-ops-no-such-program', [], { user: 'nobody' }), { exit: 5 });
  });
});

describe('ending a program', () => {
  it('ends whatever it has started', async (t) => {
    const at = join(temporaryFolder(t), 'pid');
    const abort = new AbortController();
    const running = exec('sh', ['-c', `sleep 600 & echo $! > ${at}; wait`], {
      signal: abort.signal,
    });
    const pid = await waitFor('the grandchild', () => Number(readFileSync(at, 'utf8')));
    abort.abort();
    await assert.rejects(running, { code: 'E_INTERRUPTED' });
    await waitFor('its end', () => !isRunning(pid));
  });

  it('ends what holds the output of a program that has ended, when time is up', async () => {
    await assert.rejects(exec('sh', ['-c', 'sleep 600 & echo $!'], { timeoutMs: 300 }), {
      code: 'E_PROGRAM_TIMED_OUT',
    });
  });

  it('gives it the time it is promised before SIGKILL', async (t) => {
    const folder = temporaryFolder(t);
    const script = `trap 'sleep 0.5; touch ${folder}/tidied; exit 3' TERM; touch ${folder}/ready; while :; do sleep 0.05; done`;
    for (const [graceMs, tidied] of [
      [100, false],
      [30_000, true],
    ] as const) {
      const abort = new AbortController();
      const running = exec('sh', ['-c', script], { signal: abort.signal, graceMs });
      await waitFor('it to be ready', () => existsSync(join(folder, 'ready')));
      abort.abort();
      await assert.rejects(running, { code: 'E_INTERRUPTED' });
      assert.equal(existsSync(join(folder, 'tidied')), tidied, `after ${graceMs} ms`);
      await exec('rm', ['-f', join(folder, 'ready')]);
    }
  });

  it('sends one SIGTERM to a detached program alone', async (t) => {
    const folder = temporaryFolder(t);
    const script = `
      (trap 'touch ${folder}/child-got-it; exit' TERM; touch ${folder}/ready; while :; do sleep 0.05; done) &
      child=$!; trap 'echo term; kill -KILL $child; exit 0' TERM; wait; wait`;
    const abort = new AbortController();
    const running = exec('sh', ['-c', script], { signal: abort.signal, detached: true });
    await waitFor('it to be ready', () => existsSync(join(folder, 'ready')));
    abort.abort();
    await assert.rejects(running, { code: 'E_INTERRUPTED' });
    assert.equal(existsSync(join(folder, 'child-got-it')), false);
  });

  it('says that it took too long, and how long it had', async () => {
    await assert.rejects(execLook('sleep', ['600'], { timeoutMs: 200 }), {
      code: 'E_PROGRAM_TIMED_OUT',
      message: '`sleep` did not end within 0.2 s.',
    });
    await assert.rejects(exec('sleep', ['600'], { signal: AbortSignal.timeout(100) }), {
      code: 'E_PROGRAM_TIMED_OUT',
    });
  });
});

describe('a program', () => {
  it('is looked for on the PATH that it gets', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'bin'));
    const tool = join(folder, 'bin/om-ops-test-tool');
    writeFileSync(tool, '#!/bin/sh\necho "$1"\n');
    chmodSync(tool, 0o755);
    const { stdout } = await exec('om-ops-test-tool', ['hello'], {
      env: { PATH: `${folder}/bin:/usr/bin:/bin` },
    });
    assert.equal(stdout, 'hello\n');
  });
});
