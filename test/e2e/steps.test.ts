import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import type { Envelope } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';
import { meeting, startProgram, testProgram, untilHas } from './program/started.ts';

type Steps = { steps: { exit: number; envelope: Envelope; seconds: boolean }[] };

describe('another om-ops command as a step', () => {
  it('gives its envelope, confirmed with its caller, and has its own log line that names it', async (t) => {
    const at = meeting(t);
    writeFileSync(join(at.folder, 'demo.conf'), 'old\n');
    const argv = ['parent', '--json', 'change', '+folder', at.folder];
    const program = startProgram(t, at, argv, { folder: false });
    assert.deepEqual(await program.ended, { code: 0, signal: null }, program.stdout());
    const [step] = (JSON.parse(program.stdout()) as Envelope<Steps>).result.steps;
    assert.equal(step?.exit, 0);
    assert.equal(step?.seconds, true);
    assert.equal(step?.envelope.command, 'change');
    assert.equal(step?.envelope.result.outcome, 'applied');
    assert.equal(readFileSync(join(at.folder, 'demo.conf'), 'utf8'), 'new\n');
    assert.match(at.log(), new RegExp(`change exit=0 .* parent=parent@${program.pid} `));
  });

  it('fails with its code and exit code, unless that is accepted', async (t) => {
    const at = meeting(t);
    writeFileSync(join(at.folder, 'demo.conf'), 'old\n');
    const step = ['change', '+folder', at.folder, '+forever', '+fail', 'apply'];
    const failing = startProgram(t, at, ['parent', '--json', ...step], { folder: false });
    assert.equal((await failing.ended).code, 5);
    const { error } = JSON.parse(failing.stdout()) as Envelope;
    assert.equal(error.code, 'E_DISK_FULL');
    assert.match(error.message, /^om-ops change: The disk is full\./);
    writeFileSync(join(at.folder, 'demo.conf'), 'old\n');
    const argv = ['parent', '--json', '--accept', '5', ...step];
    const accepted = startProgram(t, at, argv, { folder: false });
    assert.equal((await accepted.ended).code, 0, accepted.stdout());
    const { result } = JSON.parse(accepted.stdout()) as Envelope<Steps>;
    assert.equal(result.steps[0]?.envelope.error.code, 'E_DISK_FULL');
  });

  it('is missing with its plugin: exit 5', async (t) => {
    const at = meeting(t);
    const program = startProgram(t, at, ['parent', '--json', 'deploy', 'run'], { folder: false });
    assert.equal((await program.ended).code, 5);
    const { error } = JSON.parse(program.stdout()) as Envelope;
    assert.equal(error.code, 'E_PLUGIN_MISSING');
    assert.deepEqual(error.suggestions, ['Install it: om-ops plugins install deploy']);
  });

  it('hears one Ctrl-C on the terminal once, and is given the time to end', async (t) => {
    const at = meeting(t);
    const script = `
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
os.write(terminal, b"\\x03")
while True:
    try:
        if not os.read(terminal, 1000): break
    except OSError:
        break
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const argv = [testProgram, 'parent', 'tidy', '+folder', at.folder, '--site', at.profile];
    const ended = exec(
      'python3',
      ['-c', script, join(at.folder, 'started'), process.execPath, ...argv],
      { timeoutMs: 60_000 },
    );
    await untilHas(at, 'tidying');
    const since = performance.now();
    // Later than SIGKILL comes to other programs.
    await waitFor('five seconds', () => performance.now() - since > 5000);
    at.put('go-on');
    assert.equal((await ended).stdout, '130\n');
    assert.ok(at.has('cleaned-up'), 'it was killed');
    assert.match(at.log(), /tidy exit=130 [^\n]*\n[^\n]*parent exit=130 /);
  });
});
