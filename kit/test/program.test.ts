import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asWritten } from '../src/lines.ts';
import { program } from '../src/program.ts';

const install = 'Install it: sudo apt-get install demo';
const shell = program('sh', { install });
const missing = program('om-ops-no-such-program', { install });

describe('program', () => {
  it('says for doctor where it is, or how to get it', () => {
    assert.deepEqual(missing.requirement('testing', true), {
      kind: 'program',
      name: 'om-ops-no-such-program',
      purpose: 'testing',
      state: 'missing',
      fix: install,
    });
    assert.equal(missing.requirement('testing', false).state, 'absent');
    const { state, detail } = shell.requirement('testing', true);
    assert.equal(state, 'ok');
    assert.match(detail ?? '', /\/sh$/);
  });

  it('is missed with the same sentence wherever it is used', async () => {
    const expected = { code: 'E_PROGRAM_MISSING', exit: 5 };
    const suggests = (error: Error & { suggestions?: string[] }) => {
      assert.equal(error.suggestions?.[0], install);
      return true;
    };
    await assert.rejects(missing.exec([]), expected);
    await assert.rejects(missing.look([]), suggests);
    await assert.rejects(missing.lines([], { redact: asWritten }).next(), suggests);
    assert.throws(() => missing.need(), suggests);
  });

  it('is the first that is there of several', async () => {
    const either = program(['om-ops-no-such-program', 'sh'], {
      install,
      version: ['-c', 'echo 1.2'],
    });
    assert.match(either.find() ?? '', /\/sh$/);
    assert.equal((await either.exec(['-c', 'echo hello'])).stdout, 'hello\n');
    assert.equal(await either.version(), '1.2');
    assert.equal(await missing.version(), undefined);
    assert.equal(either.requirement('testing', true).name, 'om-ops-no-such-program or sh');
  });
});
