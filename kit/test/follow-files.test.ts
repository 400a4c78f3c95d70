import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@om-ops/test-support/temp';

const module = fileURLToPath(new URL('../src/follow-files.ts', import.meta.url));

/** The processes that read this file by name. */
function tailsOf(file: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(file)
      );
    } catch {
      return false;
    }
  });
}

describe('followFiles', () => {
  it('leaves no tail behind when it is killed, however quiet the file is', async (test) => {
    const file = join(temporaryFolder(test), 'quiet.log');
    writeFileSync(file, 'first\n');
    const code = `import { followFiles } from ${JSON.stringify(module)};
      const plain = { foreign: (text) => text, foreignLines: () => (text) => text };
      const options = { lines: 1, redact: plain, signal: new AbortController().signal };
      for await (const { text } of followFiles([${JSON.stringify(file)}], options)) console.log(text);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    test.after(() => child.kill('SIGKILL'));
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'first\n');
    assert.equal(tailsOf(file).length, 1);
    child.kill('SIGKILL');
    for (let tries = 0; tailsOf(file).length > 0; tries++) {
      assert.ok(tries < 200, 'tail goes on');
      await delay(50);
    }
  });
});
