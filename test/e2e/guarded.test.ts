import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Envelope } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';
import { meeting, startProgram, untilHas } from './program/started.ts';

interface Changed {
  outcome: string;
  changes: { what: string }[];
  problem?: string;
  file: string;
}

const confirmed = ['--confirm', 'YES APPLY'];

function begin(t: TestContext, argv: readonly string[], before = 'old\n') {
  const at = meeting(t);
  const file = join(at.folder, 'demo.conf');
  writeFileSync(file, before);
  const program = startProgram(t, at, ['change', '--json', ...argv]);
  return {
    at,
    file,
    program,
    now: () => readFileSync(file, 'utf8'),
    async end() {
      const { code } = await program.ended;
      return { code, envelope: JSON.parse(program.stdout()) as Envelope<Changed> };
    },
  };
}

describe('a guarded change', () => {
  it('is only planned in a dry run, which takes no lock', async (t) => {
    const run = begin(t, ['--dry-run']);
    const { code, envelope } = await run.end();
    assert.equal(code, 0);
    assert.equal(envelope.result.outcome, 'planned');
    assert.deepEqual(
      envelope.result.changes.map(({ what }) => what),
      [run.file],
    );
    assert.equal(run.now(), 'old\n');
    assert.equal(existsSync(join(run.at.state, 'locks')), false);
    assert.equal(run.at.log(), '');
  });

  it('asks for nothing where nothing would be changed', async (t) => {
    const { code, envelope } = await begin(t, [], 'new\n').end();
    assert.equal(code, 0);
    assert.equal(envelope.result.outcome, 'unchanged');
  });

  it('is shown before it is asked for, without secrets', async (t) => {
    const at = meeting(t);
    writeFileSync(join(at.folder, 'demo.conf'), 'old\n');
    const program = startProgram(t, at, ['change']);
    assert.equal((await program.ended).code, 3);
    assert.match(program.stderr(), /Change .*demo\.conf\n-old\n\+new\n\+PASSWORD=<REDACTED>\n/);
    assert.match(program.stderr(), /has to be confirmed; nothing was changed/);
    assert.equal(readFileSync(join(at.folder, 'demo.conf'), 'utf8'), 'old\n');
  });

  it('is applied, and goes into the audit trail', async (t) => {
    const run = begin(t, confirmed);
    const { code, envelope } = await run.end();
    assert.equal(code, 0);
    assert.equal(envelope.result.outcome, 'applied');
    assert.equal(run.now(), 'new\n');
    assert.match(run.at.log(), /change exit=0 .*touched=\S*demo\.conf/);
  });

  it('is not made when what was shown is not there any more', async (t) => {
    const run = begin(t, [...confirmed, '--wait', 'confirm']);
    await untilHas(run.at, 'started');
    writeFileSync(run.file, 'of somebody else\n');
    run.at.put('go-on');
    const { code, envelope } = await run.end();
    assert.equal(code, 1);
    assert.equal(envelope.error.code, 'E_CHANGED_MEANWHILE');
    assert.equal(run.now(), 'of somebody else\n');
  });

  it('is put back when it fails or does not work: exit 1, E_UNDONE and the result', async (t) => {
    for (const [fail, why] of [
      ['apply', 'The disk is full.'],
      ['verify', 'It does not answer.'],
    ] as const) {
      const run = begin(t, [...confirmed, '--fail', fail]);
      const { code, envelope } = await run.end();
      assert.equal(code, 1);
      const { error, result } = envelope;
      assert.deepEqual([error.code, error.exit], ['E_UNDONE', 1]);
      assert.equal(error.message, `${why} Everything is as it was before.`);
      assert.deepEqual([result.outcome, result.problem, result.file], ['undone', why, run.file]);
      assert.equal(run.now(), 'old\n');
      assert.match(run.at.log(), /touched=\S*demo\.conf code=E_UNDONE/);
    }
  });

  it('says what stands where when it could not be put back', async (t) => {
    const run = begin(t, [...confirmed, '--fail', 'undo']);
    const { code, envelope } = await run.end();
    assert.equal(code, 1);
    assert.equal(envelope.error.code, 'E_UNDO_FAILED');
    assert.equal(
      envelope.error.message,
      `It does not answer. And it could not be put back: the disk is gone. ${run.file} holds the new text.`,
    );
    assert.equal(envelope.result.outcome, 'partial');
  });

  it('is put back by a signal at any point, and the envelope has the result', async (t) => {
    for (const where of ['apply', 'verify'])
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        const run = begin(t, [...confirmed, '--wait', where]);
        await untilHas(run.at, 'started');
        assert.equal(run.now(), 'new\n');
        run.program.signal(signal);
        const { code, envelope } = await run.end();
        assert.equal(code, 130, `${signal} at ${where}`);
        assert.equal(envelope.error.message, 'Interrupted; everything is as it was before.');
        assert.equal(envelope.result.outcome, 'undone');
        assert.equal(run.now(), 'old\n');
      }
  });

  it('is put back to the end although signals come meanwhile', async (t) => {
    const run = begin(t, [...confirmed, '--fail', 'verify', '--wait', 'undo']);
    await untilHas(run.at, 'started');
    run.program.signal('SIGINT');
    await waitFor('the word', () =>
      /Waiting .*putting back .*demo\.conf/.test(run.program.stderr()),
    );
    run.program.signal('SIGINT');
    await waitFor('the next', () => /Still putting back/.test(run.program.stderr()));
    assert.equal(run.now(), 'new\n');
    run.at.put('go-on');
    const { code, envelope } = await run.end();
    assert.equal(code, 130);
    assert.equal(envelope.result.outcome, 'undone');
    assert.equal(run.now(), 'old\n');
  });

  it('without a way back says what was done, with the error it failed of', async (t) => {
    const failed = begin(t, [...confirmed, '--forever', '--fail', 'apply']);
    const { code, envelope } = await failed.end();
    assert.equal(code, 5);
    assert.equal(envelope.error.code, 'E_DISK_FULL');
    assert.equal(envelope.error.message, `The disk is full. ${failed.file} holds the new text.`);
    assert.equal(envelope.result.outcome, 'partial');
    const stopped = begin(t, [...confirmed, '--forever', '--wait', 'apply']);
    await untilHas(stopped.at, 'started');
    stopped.program.signal('SIGINT');
    const end = await stopped.end();
    assert.equal(end.code, 130);
    assert.equal(end.envelope.error.message, `Interrupted; ${stopped.file} holds the new text.`);
    assert.equal(end.envelope.result.outcome, 'partial');
  });

  it('without a way back and without words of its own fails as it failed', async (t) => {
    const failed = begin(t, [...confirmed, '--forever', '--wordless', '--fail', 'apply']);
    const { code, envelope } = await failed.end();
    assert.deepEqual([code, envelope.error.code], [5, 'E_DISK_FULL']);
    assert.equal(envelope.error.message, 'The disk is full.');
    assert.equal(envelope.result.outcome, 'partial');
  });
});
