import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

const yes = ['--confirm', 'YES APPLY'];

/** A site that is a real repository with a real remote. */
function site(test: CleansUp) {
  const folder = temporaryFolder(test);
  const small = smallSite(folder, { 'a.txt': 'one\n' });
  const env = {
    ...process.env,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
  };
  writeFileSync(
    env.GIT_CONFIG_GLOBAL,
    '[user]\n\tname = Ann\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n',
  );
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...args], { cwd: small.root, env, encoding: 'utf8', stdio: 'pipe' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'first');
  git('init', '-q', '--bare', join(folder, 'remote.git'));
  git('remote', 'add', 'origin', join(folder, 'remote.git'));
  return {
    ...small,
    folder,
    git,
    om: (argv: readonly string[], onStart?: (pid: number) => void) =>
      small.run(['git', ...argv, '--json'], {
        env: { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: env.GIT_CONFIG_GLOBAL },
        ...(onStart === undefined ? {} : { onStart }),
      }),
    hook(name: string, script: string) {
      const path = join(small.root, '.git/hooks', name);
      mkdirSync(join(small.root, '.git/hooks'), { recursive: true });
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    },
    index: () =>
      createHash('sha256')
        .update(readFileSync(join(small.root, '.git/index')))
        .digest('hex'),
  };
}

describe('om-ops git', () => {
  it('keeps, commits, pushes and shows', async (t) => {
    const at = site(t);
    mkdirSync(at.state, { mode: 0o700 });
    writeFileSync(join(at.root, 'b.txt'), 'new\n');
    const kept = await at.om(['checkpoint']);
    assert.equal(kept.code, 0, kept.stderr);
    const done = await at.om(['push', '--commit', '-m', 'second']);
    assert.equal(done.code, 0, done.stdout);
    const head = at.git('rev-parse', 'HEAD').trim();
    assert.equal(at.git('ls-remote', 'origin', 'refs/heads/main').split('\t')[0], head);
    const { result } = (await at.om(['status'])).json<{ ahead: number; untracked: string[] }>();
    assert.deepEqual([result.ahead, result.untracked], [0, []]);
    const text = await at.run(['git', 'log', '--count', '1'], {});
    assert.match(text.stdout, /second/);
    // Each is written down.
    const log = readFileSync(join(at.state, 'om-ops.log'), 'utf8');
    for (const command of ['checkpoint', 'push', 'status', 'log'])
      assert.match(log, new RegExp(`git:${command} exit=0`));
  });

  it('leaves everything as it was when Ctrl-C comes while a hook runs: 130', async (t) => {
    const at = site(t);
    writeFileSync(join(at.root, 'b.txt'), 'new\n');
    at.hook('pre-commit', `touch ${at.folder}/in-hook; exec sleep 60`);
    const before = [at.index(), at.git('rev-parse', 'HEAD')];
    let pid = 0;
    const run = at.om(['commit'], (started) => {
      pid = started;
    });
    await waitFor('the hook', () => existsSync(join(at.folder, 'in-hook')));
    process.kill(pid, 'SIGINT');
    const { code, stdout } = await run;
    assert.equal(code, 130, stdout);
    assert.deepEqual([at.index(), at.git('rev-parse', 'HEAD')], before);
    assert.equal(existsSync(join(at.root, '.git/index.lock')), false);
    assert.equal(at.git('status', '--porcelain'), '?? b.txt\n');
  });

  it('ends with the exit code that tells the truth', async (t) => {
    const at = site(t);
    assert.equal((await at.om(['log', '--count', '0'])).code, 2);
    mkdirSync(join(at.root, 'dist'));
    writeFileSync(join(at.root, 'dist/app.js'), 'x');
    const asked = await at.om(['commit']);
    assert.equal(asked.code, 3);
    assert.match(asked.json().error.suggestions.join(), /YES APPLY/);
    assert.equal((await at.om(['commit', ...yes])).code, 0);
    writeFileSync(
      join(at.folder, 'remote.git/hooks/pre-receive'),
      '#!/bin/sh\necho frozen >&2\nexit 1\n',
      { mode: 0o755 },
    );
    const refused = await at.om(['push']);
    assert.equal(refused.code, 1);
    assert.match(refused.json().error.message, /frozen/);
    at.git('init', '-q', 'nested');
    assert.equal((await at.om(['checkpoint'])).code, 7);
    at.git('bisect', 'start');
    assert.equal((await at.om(['commit'])).code, 6);
    at.git('bisect', 'reset');
    at.git('checkout', '-q', '--detach');
    assert.equal((await at.om(['push'])).code, 5);
    at.hook('pre-commit', `touch ${at.folder}/in-hook; exec sleep 60`);
    writeFileSync(join(at.root, 'c.txt'), 'x');
    at.git('config', 'core.excludesFile', join(at.folder, 'ignore'));
    writeFileSync(join(at.folder, 'ignore'), 'nested\n');
    let pid = 0;
    const holding = at.om(['commit'], (started) => {
      pid = started;
    });
    await waitFor('the hook', () => existsSync(join(at.folder, 'in-hook')));
    assert.equal((await at.om(['commit'])).code, 4);
    process.kill(pid, 'SIGTERM');
    assert.equal((await holding).code, 130);
  });
});
