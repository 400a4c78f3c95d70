import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import GitPush from '../src/commands/git/push.ts';
import type { PushResult } from '../src/push/result.ts';
import { bareRemote, type GitSite, gitSite, hook } from './git-site.ts';

async function push(
  site: GitSite,
  argv: readonly string[] = [],
  code = 0,
  env: Record<string, string> = {},
) {
  const run = await site.om(GitPush, argv, env);
  assert.equal(run.code, code, run.stdout + run.stderr);
  return { ...run.json<PushResult>(), out: run.stdout + run.stderr };
}

function there(remote: string, site: GitSite, branch = 'main'): string {
  return site.git('-C', remote, 'rev-parse', '--verify', '--quiet', branch).trim();
}

/** Somebody else pushes one commit. */
function pushFromElsewhere(site: GitSite, remote: string): void {
  const other = join(site.folder, 'other');
  site.git('clone', '-q', remote, other);
  site.git('-C', other, 'commit', '-qm', 'theirs', '--allow-empty');
  site.git('-C', other, 'push', '-q', 'origin', 'HEAD');
}

const confirmed = ['--confirm', 'YES APPLY'];

describe('git push', () => {
  it('pushes the branch, makes its upstream and says how much; again there is nothing', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    site.git('commit', '-qm', 'second', '--allow-empty');
    const { result } = await push(site);
    assert.deepEqual(
      [result.pushed, result.branch, result.remote, result.commits, result.reason],
      [true, 'main', 'origin', 2, null],
    );
    assert.ok(result.bytes > 0);
    assert.equal(there(remote, site), site.git('rev-parse', 'HEAD').trim());
    assert.equal(site.git('rev-parse', '--abbrev-ref', 'main@{upstream}'), 'origin/main\n');
    const again = await push(site);
    assert.deepEqual([again.result.pushed, again.result.commits], [false, 0]);
    assert.equal(again.result.reason, 'the server has it already');
  });

  it('goes where the upstream is, and sets none when told', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    await push(site, ['--no-set-upstream']);
    assert.throws(() => site.git('rev-parse', '--abbrev-ref', 'main@{upstream}'));
    site.git('checkout', '-qb', 'local');
    site.git('branch', '--quiet', '--set-upstream-to', 'origin/main');
    site.git('commit', '-qm', 'second', '--allow-empty');
    const { result } = await push(site);
    assert.equal(result.branch, 'main');
    assert.equal(there(remote, site), site.git('rev-parse', 'local').trim());
    await push(site, ['--set-upstream']);
    assert.equal(site.git('rev-parse', '--abbrev-ref', 'local@{upstream}'), 'origin/local\n');
  });

  it('keeps the reason of a server that refuses, without secrets: exit 1', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site, {
      refusing: 'Branch is frozen, DB_PASSWORD=hunter22 is in a.txt',
    });
    const { error, result, out } = await push(site, [], 1);
    assert.equal(error.code, 'E_PUSH_REFUSED');
    assert.match(error.message, /pre-receive hook declined/);
    assert.match(error.message, /Branch is frozen, DB_PASSWORD=<REDACTED>/);
    assert.ok(!out.includes('hunter22'));
    assert.equal(result.pushed, false);
    assert.match(result.reason ?? '', /frozen/);
    assert.throws(() => there(remote, site));
  });

  it('says how far two sides are apart and forces nothing: exit 1', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    await push(site);
    pushFromElsewhere(site, remote);
    const theirs = there(remote, site);
    for (const number of [1, 2]) site.git('commit', '-qm', `ours ${number}`, '--allow-empty');
    const { error } = await push(site, [], 1);
    assert.equal(error.code, 'E_DIVERGED');
    assert.match(error.message, /2 commits ahead and 1 commit behind/);
    assert.match(error.suggestions.join('\n'), /pull --rebase origin main/);
    assert.equal(there(remote, site), theirs);
  });

  it('replaces what is there only if it is what is expected, and confirmed', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    await push(site);
    const old = there(remote, site);
    pushFromElsewhere(site, remote);
    const theirs = there(remote, site);
    site.git('commit', '-qm', 'ours', '--allow-empty');
    assert.equal((await push(site, ['--force-with-lease'], 2)).error.exit, 2);
    assert.equal(
      (await push(site, ['--force-with-lease', 'nonsense'], 2)).error.code,
      'E_BAD_LEASE',
    );
    const lease = ['--force-with-lease', theirs];
    assert.equal((await push(site, lease, 3)).error.code, 'E_UNCONFIRMED');
    const stale = await push(site, ['--force-with-lease', old, ...confirmed], 1);
    assert.equal(stale.error.code, 'E_STALE_LEASE');
    assert.equal(there(remote, site), theirs);
    assert.equal((await push(site, [...lease, ...confirmed])).result.pushed, true);
    assert.equal(there(remote, site), site.git('rev-parse', 'HEAD').trim());
  });

  it('commits first when told, through the same guard, and else says what stays here', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    site.write('a.txt', 'two\n');
    assert.match((await push(site)).warnings.join(), /1 file is not committed and not pushed/);
    site.write('dist/app.js', 'x');
    const asked = await push(site, ['--commit'], 3);
    assert.equal(asked.result.commit?.refused[0]?.path, 'dist/app.js');
    assert.equal(asked.result.pushed, false);
    const { result } = await push(site, ['--commit', '-m', 'both', ...confirmed]);
    assert.equal(result.commit?.committed, true);
    assert.equal(there(remote, site), result.commit?.commit);
    const nothing = await push(site, ['--commit']);
    assert.deepEqual([nothing.result.pushed, nothing.result.commit?.committed], [false, false]);
  });

  it('pushes nothing with --commit in a merge: exit 6', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    site.git('bisect', 'start');
    const { error, result } = await push(site, ['--commit'], 6);
    assert.match(error.message, /bisect/);
    assert.equal(result.pushed, false);
    assert.throws(() => there(remote, site));
  });

  it('has a word for what is missing: exit 5', async (t) => {
    const none = gitSite(t);
    const noRemote = await push(none, [], 5);
    assert.equal(noRemote.error.code, 'E_NO_REMOTE');
    assert.match(noRemote.error.suggestions.join(), /remote add origin/);
    none.git('remote', 'add', 'origin', join(none.folder, 'nowhere.git'));
    assert.equal((await push(none, [], 5)).error.code, 'E_NO_REMOTE');
    none.git('bisect', 'start');
    none.git('checkout', '-q', '--detach');
    assert.match((await push(none, [], 5)).error.message, /bisect is under way/);
    none.git('bisect', 'reset', 'HEAD');
    none.git('checkout', '-q', '--detach');
    const detached = await push(none, [], 5);
    assert.equal(detached.error.code, 'E_DETACHED');
    assert.match(detached.error.suggestions.join(), /switch -c/);
    const empty = gitSite(t, {}, { repository: 'empty' });
    bareRemote(empty);
    assert.equal((await push(empty, [], 5)).error.code, 'E_NO_COMMIT');
  });

  it('never asks: a password that is missing is said at once, and none is shown', async (t) => {
    const server = createServer((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const site = gitSite(t);
    site.git('remote', 'add', 'origin', `http://127.0.0.1:${port}/x.git`);
    assert.equal((await push(site, [], 5)).error.code, 'E_NO_CREDENTIALS');
    site.git('remote', 'set-url', 'origin', `http://bob:s3cr3t-x@127.0.0.1:${port}/x.git`);
    const known = await push(site, [], 5);
    assert.equal(known.error.code, 'E_NO_CREDENTIALS');
    assert.ok(!known.out.includes('s3cr3t-x'));
  });

  it('uses an SSH that does not ask', async (t) => {
    const site = gitSite(t);
    const ssh = join(site.folder, 'bin/ssh');
    // In the place of ssh: what it is started with is what is looked at.
    hook(
      ssh,
      `echo "$@" > ${site.folder}/arguments; echo 'git@x: Permission denied (publickey).' >&2; exit 255`,
    );
    site.git('remote', 'add', 'origin', 'git@host.invalid:x.git');
    const env = { PATH: `${join(site.folder, 'bin')}:${process.env.PATH}` };
    const { error } = await push(site, [], 5, env);
    assert.equal(error.code, 'E_NO_CREDENTIALS');
    assert.match(readFileSync(join(site.folder, 'arguments'), 'utf8'), /-o BatchMode=yes/);
    site.git('config', 'core.sshCommand', `${ssh} -i mine`);
    await push(site, [], 5);
    assert.match(readFileSync(join(site.folder, 'arguments'), 'utf8'), /-i mine .*BatchMode=yes/);
  });

  it('says that nobody answers: exit 1', async (t) => {
    const site = gitSite(t);
    site.git('remote', 'add', 'origin', 'http://127.0.0.1:1/x.git');
    assert.equal((await push(site, [], 1)).error.code, 'E_REMOTE_UNREACHABLE');
  });

  it('pushes nothing and runs nothing in a dry run', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    hook(join(site.root, '.git/hooks/pre-push'), `touch ${site.folder}/ran`);
    const { result } = await push(site, ['--dry-run']);
    assert.equal(result.commits, 1);
    assert.equal(
      result.command,
      'git push --porcelain --set-upstream origin refs/heads/main:refs/heads/main',
    );
    assert.throws(() => there(remote, site));
    assert.throws(() => readFileSync(join(site.folder, 'ran')));
  });
});
