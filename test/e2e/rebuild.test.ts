import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exec, sitePath } from '@om-ops/kit';
import { checkout, type Envelope, type RunResult } from '@om-ops/test-support/om-ops';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

const confirmed = ['--no-restart', '--confirm', 'YES APPLY'];

/** Clears dist, writes half of it, and waits where it is told to. */
const build = `
const fs = require('fs');
fs.rmSync('dist', { recursive: true, force: true });
fs.mkdirSync('dist');
fs.writeFileSync('dist/index.js', fs.readFileSync('src/index.js'));
if (fs.existsSync('wait')) { fs.writeFileSync('waiting', String(process.pid)); setInterval(() => {}, 1000); }
else fs.writeFileSync('dist/other.js', '1');
`;

function site(t: TestContext) {
  const at = smallSite(
    temporaryFolder(t),
    {
      'server/package.json':
        '{"name": "app", "version": "1.0.0", "scripts": {"build": "node build.cjs"}}',
      'server/package-lock.json':
        '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {}}}',
      'server/node_modules/.package-lock.json': '{"packages": {}}',
      'server/build.cjs': build,
      'server/src/index.js': "require('./other');\n",
      'server/dist/index.js': "require('./other'); // old\n",
      'server/dist/other.js': '1',
    },
    { profile: 'backend: {required: [index.js]}\ndatabase: {engine: none}' },
  );
  const path = (name: string) => join(at.root, 'server', name);
  mkdirSync(at.state, { recursive: true });
  return {
    ...at,
    path,
    read: (name: string) => readFileSync(path(name), 'utf8'),
    snapshot: async () =>
      (
        await exec(
          'sh',
          [
            '-c',
            'find dist package.json package-lock.json node_modules -type f -exec sha256sum {} + | sort -k 2',
          ],
          { cwd: path('') },
        )
      ).stdout,
    /** Starts a rebuild that waits in the middle of its build. */
    async waiting() {
      writeFileSync(path('wait'), '');
      const child = spawn(
        join(checkout, 'bin/om-ops'),
        ['build', 'backend', ...confirmed, '--json'],
        {
          cwd: '/',
          env: { PATH: sitePath(), HOME: at.root, OM_OPS_SITE: at.profile, NO_COLOR: '1' },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      t.after(() => child.kill('SIGKILL'));
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      await waitFor('the build', () => existsSync(path('waiting')), { timeoutMs: 60_000 });
      return {
        child,
        ended,
        json: () => JSON.parse(stdout) as Envelope,
        builder: () => Number(readFileSync(path('waiting'), 'utf8')),
      };
    },
  };
}

const code = ({ code: exit, stdout, stderr }: RunResult, expected: number) =>
  assert.equal(exit, expected, stdout + stderr);
const isRunning = (pid: number) =>
  existsSync(`/proc/${pid}/status`) &&
  !readFileSync(`/proc/${pid}/status`, 'utf8').includes('State:\tZ');

describe('om-ops build', () => {
  it('rebuilds, verifies, and says how it went', async (t) => {
    const { run, read, state } = site(t);
    code(await run(['build', 'backend', '--no-restart', '--json']), 3);
    code(await run(['build', 'backend', ...confirmed]), 0);
    assert.equal(read('dist/index.js'), "require('./other');\n");
    code(await run(['build', 'verify', '--json']), 0);
    const status = await run(['build', 'status', '--json']);
    code(status, 0);
    const { runs, kept } = status.json<{ runs: { state: string }[]; kept: object[] }>().result;
    assert.deepEqual([runs.map((one) => one.state), kept.length], [['done'], 0]);
    assert.match(
      readFileSync(join(state, 'om-ops.log'), 'utf8'),
      /build:backend exit=0 .*touched="?\S*dist/,
    );
    // Nothing manages the app of this site.
    code(await run(['build', 'backend', '--dry-run']), 5);
    code(await run(['build', 'backend', '--nonsense']), 2);
  });

  it('puts back what Ctrl-C and SIGTERM interrupt, and leaves no process behind', async (t) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const at = site(t);
      const before = await at.snapshot();
      const { child, ended, json, builder } = await at.waiting();
      const locked = await at.run(['build', 'backend', ...confirmed, '--json']);
      assert.deepEqual([locked.code, locked.json().error.code], [4, 'E_LOCKED']);
      const pid = builder();
      child.kill(signal);
      assert.equal(await ended, 130);
      const { error, result } = json();
      assert.deepEqual([error.code, result.outcome], ['E_INTERRUPTED', 'undone']);
      assert.equal(await at.snapshot(), before);
      assert.equal(isRunning(pid), false);
      assert.deepEqual(readdirSync(at.path('.om-ops-build')), ['.gitignore']);
    }
  });

  it('puts back what was cut off by SIGKILL, and until then says what stands where', async (t) => {
    for (const how of ['put-back', 'build'] as const) {
      const at = site(t);
      const before = await at.snapshot();
      const { child, ended, builder } = await at.waiting();
      child.kill('SIGKILL');
      await ended;
      process.kill(builder(), 'SIGKILL');
      assert.notEqual(await at.snapshot(), before);
      const status = await at.run(['build', 'status', '--json']);
      assert.deepEqual([status.code, status.json().error.code], [6, 'E_CUT_OFF']);
      const { kept, runs } = status.json<{
        kept: { path: string; standing: string }[];
        runs: { state: string; problem: string }[];
      }>().result;
      assert.match(kept[0]?.standing ?? '', /om-ops build backend --put-back/);
      assert.deepEqual([runs[0]?.state, runs[0]?.problem], ['cut-off', 'It was at: npm run build']);
      if (how === 'put-back') {
        code(await at.run(['build', 'backend', '--put-back', ...confirmed]), 0);
        assert.equal(await at.snapshot(), before);
        code(await at.run(['build', 'backend', '--put-back', ...confirmed]), 0);
      } else {
        // The build that fails goes back to what there was before the one that was cut off.
        writeFileSync(at.path('build.cjs'), 'process.exit(1)');
        code(await at.run(['build', 'backend', ...confirmed]), 1);
        assert.equal(await at.snapshot(), before);
      }
      code(await at.run(['build', 'status']), 0);
      assert.deepEqual(readdirSync(at.path('.om-ops-build')), ['.gitignore']);
    }
  });
});
