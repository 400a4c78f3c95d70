import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exec } from '@om-ops/kit';
import type { Envelope } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';
import { type Meeting, meeting, startProgram, testProgram, untilHas } from './program/started.ts';

function begin(t: TestContext, argv: readonly string[]) {
  const at = meeting(t);
  return { at, program: startProgram(t, at, argv) };
}

function locks(at: Meeting): string[] {
  return readdirSync(join(at.state, 'locks'));
}

describe('a signal', () => {
  it('waits for what is being taken back, longer than eight seconds, and says so', async (t) => {
    const { at, program } = begin(t, ['undo', '--json']);
    await untilHas(at, 'started');
    const since = performance.now();
    program.signal('SIGINT');
    await waitFor('the first word', () => program.stderr().includes('putting back demo.conf'));
    // The condition is that the eight seconds have gone by, and it is still there.
    await waitFor('nine seconds', () => performance.now() - since > 9000);
    program.signal('SIGINT');
    await waitFor('the second word', () => /Still putting back .* 9 s/.test(program.stderr()));
    at.put('go-on');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.ok(at.has('put-back'));
    const envelope = JSON.parse(program.stdout()) as Envelope;
    assert.deepEqual(envelope.result, { steps: 12 });
    assert.equal(envelope.error.exit, 130);
    assert.match(at.log(), / ERROR undo exit=130 /);
    assert.deepEqual(locks(at), []);
  });

  it('leaves what is being taken back at the third, and writes down that it is half done', async (t) => {
    const { at, program } = begin(t, ['undo', '--json']);
    await untilHas(at, 'started');
    for (const word of ['Waiting until', 'Still putting back']) {
      program.signal('SIGINT');
      await waitFor(word, () => program.stderr().includes(word));
    }
    program.signal('SIGINT');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.equal(at.has('put-back'), false);
    assert.match(at.log(), /exit=130 .*left while putting back demo\.conf, which is half done now/);
    const envelope = JSON.parse(program.stdout()) as Envelope;
    assert.match(envelope.error.message, /left while putting back demo\.conf/);
    assert.deepEqual(locks(at), []);
  });

  it('leaves after eight seconds what does not stop, with a log line and the lock released', async (t) => {
    const { at, program } = begin(t, ['stubborn', '--json']);
    await untilHas(at, 'started');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.match(at.log(), / ERROR stubborn exit=130 .*left before it had come to its end/);
    assert.equal((JSON.parse(program.stdout()) as Envelope).error.code, 'E_INTERRUPTED');
    assert.deepEqual(locks(at), []);
  });

  it('counts once when the terminal and the parent both send one', async (t) => {
    const { at, program } = begin(t, ['tidy', '--json']);
    await untilHas(at, 'started');
    program.signal('SIGINT');
    await untilHas(at, 'tidying');
    program.signal('SIGTERM');
    program.signal('SIGHUP');
    program.signal('SIGHUP');
    at.put('go-on');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.ok(at.has('cleaned-up'));
    const envelope = JSON.parse(program.stdout()) as Envelope;
    assert.deepEqual(envelope.result, { done: false }, 'what was kept is lost');
  });

  it('still ends with 130 and a log line when all is done and being printed', async (t) => {
    const { at, program } = begin(t, ['late']);
    await untilHas(at, 'started');
    program.signal('SIGINT');
    at.put('go-on');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.match(program.stdout(), /^done\n/);
    // Whether it is heard just before the line is written or just after is a matter of a moment.
    assert.match(at.log(), /late exit=(0|130) /);
  });

  it('still ends with 130 while the log line waits for its lock', async (t) => {
    const { at, program } = begin(t, ['undo', '--json']);
    await untilHas(at, 'started');
    const { acquireLock } = await import('@om-ops/kit');
    const lock = await acquireLock(join(at.state, 'locks'), 'log');
    at.put('go-on');
    await untilHas(at, 'put-back');
    program.signal('SIGTERM');
    lock.release();
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.match(at.log(), /undo exit=(0|130) /);
    assert.ok(program.stdout().endsWith('}\n'));
  });

  it('writes a log line when its terminal goes away', async (t) => {
    const at = meeting(t);
    const script = `
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const argv = [testProgram, 'tidy', '--folder', at.folder, '--site', at.profile];
    const ended = exec('python3', [
      '-c',
      script,
      join(at.folder, 'started'),
      process.execPath,
      ...argv,
    ]);
    await untilHas(at, 'tidying');
    at.put('go-on');
    assert.equal((await ended).stdout, '130\n');
    assert.match(at.log(), /tidy exit=130 /);
    assert.ok(at.has('cleaned-up'));
  });
});

describe('a command whose lock cannot be released', () => {
  it('prints one document with the true cause when it failed', async (t) => {
    for (const more of [[], ['--at-disposal']]) {
      const { program } = begin(t, ['fails', '--json', ...more]);
      assert.deepEqual(await program.ended, { code: 1, signal: null });
      const envelope = JSON.parse(program.stdout()) as Envelope;
      assert.match(envelope.error.message, /EIO: i\/o error, fsync/);
      const said = envelope.warnings.join(' ');
      assert.match(
        said,
        /Cannot lock .*fails\.lock: it is no regular file.*The next run takes it over/,
      );
      if (more.length > 0) assert.match(said, /Tidying up failed as well: EIO: cannot tidy/);
    }
  });

  it('keeps its result and warns when only that failed', async (t) => {
    const { program } = begin(t, ['fails', '--succeed', '--json']);
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    const envelope = JSON.parse(program.stdout()) as Envelope;
    assert.deepEqual(envelope.result, { made: ['one'] });
    assert.equal(envelope.warnings.length, 1);
  });
});
