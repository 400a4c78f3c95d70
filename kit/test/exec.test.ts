import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { exec, execStream, findProgram } from '../src/exec.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-exec-'));
after(() => rmSync(folder, { recursive: true }));

describe('exec', () => {
  it('returns what the program printed', async () => {
    const result = await exec('sh', ['-c', 'echo out; echo err >&2']);
    assert.deepEqual(result, { exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('feeds its input', async () => {
    assert.equal((await exec('cat', [], { input: 'abc' })).stdout, 'abc');
  });

  it('takes a program that ends before it has read its input for what its exit code says', async () => {
    assert.equal((await exec('true', [], { input: 'x'.repeat(1_000_000) })).exitCode, 0);
  });

  it('accepts exit codes that are an answer', async () => {
    assert.equal((await exec('sh', ['-c', 'exit 3'], { accept: [0, 3] })).exitCode, 3);
  });

  it('names a missing program and how to get it', async () => {
    await assert.rejects(exec('om-ops-no-such-program', []), {
      code: 'E_PROGRAM_MISSING',
      exit: 5,
      message: /om-ops-no-such-program/,
    });
  });

  it('says what a failing program said', async () => {
    await assert.rejects(exec('sh', ['-c', 'echo "no such table" >&2; exit 4']), {
      code: 'E_PROGRAM_FAILED',
      message: '`sh` failed with exit code 4: no such table',
    });
  });

  it('keeps arguments out of its errors', async () => {
    await assert.rejects(exec('sh', ['-c', 'exit 1', 'canary-argument']), (error: Error) => {
      assert.equal(
        JSON.stringify([error.message, error.stack, error.cause ?? null]).includes(
          'canary-argument',
        ),
        false,
      );
      return true;
    });
  });

  it('ends a program that takes too long', async () => {
    await assert.rejects(exec('sleep', ['60'], { timeoutMs: 100 }), /did not end/);
  });

  it('ends the program when the signal aborts', async () => {
    const abort = new AbortController();
    const running = exec('sh', ['-c', 'echo $$; exec sleep 60'], { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await assert.rejects(running, { code: 'E_INTERRUPTED', exit: 130 });
  });

  it('hands descriptors on, as credentials are', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'canary', { mode: 0o600 });
    const fd = openSync(path, 'r');
    unlinkSync(path);
    try {
      assert.equal((await exec('cat', ['/dev/fd/3'], { inherit: [fd] })).stdout, 'canary');
    } finally {
      closeSync(fd);
    }
  });
});

describe('execStream', () => {
  it('streams output and settles by the exit code', async () => {
    const { stdout, done } = await execStream('sh', ['-c', 'seq 100000; exit 2']);
    let bytes = 0;
    for await (const chunk of stdout) bytes += (chunk as Buffer).length;
    assert.equal(bytes, 588_895);
    await assert.rejects(done, { code: 'E_PROGRAM_FAILED' });
  });
});

describe('execStream of a quick program', () => {
  it('keeps what was printed until somebody reads it', async () => {
    for (let round = 0; round < 10; round++) {
      const { stdout, done } = await execStream('echo', ['all of it']);
      await done;
      let text = '';
      for await (const chunk of stdout) text += String(chunk);
      assert.equal(text, 'all of it\n');
    }
  });
});

describe('findProgram', () => {
  it('finds programs on PATH and in sbin, and no folders', () => {
    assert.match(findProgram('sh') ?? '', /\/sh$/);
    assert.equal(findProgram('om-ops-no-such-program'), undefined);
    assert.equal(findProgram('/etc'), undefined);
  });
});
