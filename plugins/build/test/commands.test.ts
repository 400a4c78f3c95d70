import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exec } from '@om-ops/kit';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import BuildErrors from '../src/commands/build/errors.ts';
import BuildStatus from '../src/commands/build/status.ts';
import BuildVerify from '../src/commands/build/verify.ts';
import type { BuildState } from '../src/status/status.ts';
import type { VerifyResult } from '../src/view/verify.ts';

const good = {
  'server/package.json': '{}',
  'server/src/index.ts': '1',
  'server/dist/index.js': "require('./config/db');\n",
  'server/dist/config/db.js': '1',
  'server/dist/routes/a.js': '1',
};

function site(t: TestContext, files: Readonly<Record<string, string>> = good) {
  const at = smallSite(temporaryFolder(t), files);
  return { ...at, options: { site: at.profile, state: at.state } };
}

describe('build verify', () => {
  it('says PASS, and that it was done', async (t) => {
    const { options, state } = site(t);
    mkdirSync(state);
    const { code, stdout } = await runCommand(BuildVerify, [], options);
    assert.equal(code, 0);
    assert.match(stdout, /PASS +backend .*3 scripts on Node \d+/);
    assert.match(stdout, /OFF +frontend .*this site has none/);
    assert.match(readFileSync(join(state, 'om-ops.log'), 'utf8'), /build verify|build:verify/);
  });

  it('ends with 6 and names file and line when something is wrong', async (t) => {
    const { options, root } = site(t);
    writeFileSync(join(root, 'server/dist/routes/a.js'), '\nx = }\n');
    const run = await runCommand(BuildVerify, ['--json'], options);
    const { error, result } = run.json<VerifyResult>();
    assert.deepEqual([run.code, error.code, error.exit], [6, 'E_DIST_BROKEN', 6]);
    assert.deepEqual(
      result.findings.map(({ kind, path, line }) => [kind, path, line]),
      [['syntax', join(root, 'server/dist/routes/a.js'), 2]],
    );
    const text = await runCommand(BuildVerify, [], options);
    assert.match(text.stdout, /backend: routes\/a\.js:2 {2}Unexpected token/);
    assert.match(text.stderr, /om-ops build backend/);
  });
});

describe('build status', () => {
  it('compares each dist with its sources and with git', async (t) => {
    const { options, root } = site(t);
    const old = new Date(Date.now() - 60_000);
    utimesSync(join(root, 'server/src/index.ts'), old, old);
    const fresh = (await runCommand(BuildStatus, ['--json'], options)).json<BuildState>();
    assert.equal(fresh.ok, true);
    assert.deepEqual(
      fresh.result.parts.map(({ part, state, files }) => [part, state, files]),
      [
        ['backend', 'fresh', 3],
        ['frontend', 'off', 0],
      ],
    );
    const later = new Date(Date.now() + 5000);
    utimesSync(join(root, 'server/src/index.ts'), later, later);
    const git = (...args: string[]) =>
      exec('git', ['-C', root, '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args]);
    await git('init', '-qb', 'main');
    await git('add', 'server/src', 'server/package.json');
    await git('commit', '-qm', 'one');
    const run = await runCommand(BuildStatus, ['--json'], options);
    const [backend] = run.json<BuildState>().result.parts;
    assert.equal(backend?.state, 'stale');
    assert.match(backend?.why ?? '', /src\/index\.ts was written after/);
    assert.deepEqual([backend?.git?.branch, backend?.git?.dirty], ['main', 3]);
    assert.equal(backend?.git?.lastCommit, backend?.git?.head);
    assert.equal(run.code, 0);
    assert.match(
      (await runCommand(BuildStatus, [], options)).stdout,
      /backend: main at [0-9a-f]{10}, ⚠ 3 uncommitted/,
    );
  });

  it('ends with 6 without a dist, and with an empty one', async (t) => {
    const { options, root } = site(t, {
      'server/package.json': '{}',
      'front-end/package.json': '{}',
      'front-end/dist/index.html': '',
    });
    const missing = await runCommand(BuildStatus, ['--json'], options);
    assert.deepEqual([missing.code, missing.json().error.code], [6, 'E_NOT_BUILT']);
    mkdirSync(join(root, 'server/dist'));
    const empty = await runCommand(BuildStatus, ['--json'], options);
    assert.deepEqual([empty.code, empty.json<BuildState>().result.parts[0]?.state], [6, 'empty']);
  });
});

describe('build errors', () => {
  it('wants a service whose logs it can read: exit 5', async (t) => {
    const { options } = site(t);
    const run = await runCommand(BuildErrors, ['--json'], options);
    assert.deepEqual([run.code, run.json().error.code], [5, 'E_NO_SERVICE']);
    assert.equal((await runCommand(BuildErrors, ['--lines', '0'], options)).code, 2);
  });
});
