import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import GitLogCommand from '../src/commands/git/log.ts';
import GitStatusCommand from '../src/commands/git/status.ts';
import type { GitLog } from '../src/log.ts';
import type { GitStatus } from '../src/status.ts';
import { bareRemote, type GitSite, gitSite } from './git-site.ts';

async function status(site: GitSite): Promise<GitStatus> {
  const before = site.picture();
  const run = await site.om(GitStatusCommand);
  assert.equal(run.code, 0, run.stdout);
  assert.deepEqual(site.picture(), before);
  return run.json<GitStatus>().result;
}

describe('git status', () => {
  it('names every file, in folders too, and how the branch stands', async (t) => {
    const site = gitSite(t, {
      'a.txt': 'one\n',
      'old name.txt': 'long enough to be known again\n',
    });
    bareRemote(site);
    site.git('push', '-qu', 'origin', 'main');
    site.git('commit', '-qm', 'ahead', '--allow-empty');
    site.git('mv', 'old name.txt', 'new name.txt');
    site.write('a.txt', 'two\n');
    site.write('new/deep\nname.txt', 'x');
    const found = await status(site);
    assert.equal(found.branch, 'main');
    assert.equal(found.upstream, 'origin/main');
    assert.deepEqual([found.ahead, found.behind, found.detached, found.state], [1, 0, false, null]);
    assert.deepEqual(found.staged, ['new name.txt']);
    assert.deepEqual(found.renamed, [{ path: 'new name.txt', from: 'old name.txt' }]);
    assert.deepEqual(found.changed, ['a.txt']);
    assert.deepEqual(found.untracked, ['new/deep\nname.txt']);
  });

  it('says what is under way, and that HEAD is detached or nothing is committed', async (t) => {
    const empty = gitSite(t, {}, { repository: 'empty' });
    const born = await status(empty);
    assert.deepEqual([born.branch, born.commit, born.upstream], ['main', null, null]);
    const site = gitSite(t);
    site.git('checkout', '-q', '--detach');
    assert.deepEqual([(await status(site)).branch, (await status(site)).detached], [null, true]);
    site.git('bisect', 'start');
    assert.equal((await status(site)).state, 'bisect');
    site.git('bisect', 'reset');
    site.git('checkout', '-q', '-b', 'other', 'main');
    site.write('a.txt', 'theirs\n');
    site.git('commit', '-qam', 'theirs');
    site.git('checkout', '-q', 'main');
    site.write('a.txt', 'ours\n');
    site.git('commit', '-qam', 'ours');
    assert.throws(() => site.git('cherry-pick', 'other'));
    const picking = await status(site);
    assert.equal(picking.state, 'cherry-pick');
    assert.deepEqual(picking.conflicts, ['a.txt']);
  });

  it('looks at the whole repository from a folder in it', async (t) => {
    const site = gitSite(t, { 'server/a.js': 'x\n' }, { profile: '' });
    site.write('top.txt', 'x');
    const run = await site.run(['git', 'status', '--json'], {
      cwd: join(site.root, 'server'),
      env: site.env,
    });
    assert.deepEqual(run.json<GitStatus>().result.untracked, ['top.txt']);
  });
});

describe('git log', () => {
  it('shows the last ones, ten unless told otherwise, without secrets', async (t) => {
    const site = gitSite(t);
    for (let number = 0; number < 11; number += 1)
      site.git('commit', '-qm', `no ${number}`, '--allow-empty');
    site.git('commit', '-qm', 'set DB_PASSWORD=hunter22 and go', '--allow-empty');
    const { commits, branch } = (await site.om(GitLogCommand)).json<GitLog>().result;
    assert.equal(branch, 'main');
    assert.equal(commits.length, 10);
    assert.equal(commits[0]?.subject, 'set DB_PASSWORD=<REDACTED> and go');
    assert.equal(commits[0]?.commit, site.git('rev-parse', 'HEAD').trim());
    assert.deepEqual(commits[0]?.refs, ['HEAD -> main']);
    assert.equal(commits[1]?.author, 'Ann');
    const two = await site.om(GitLogCommand, ['--count', '2']);
    assert.equal(two.json<GitLog>().result.commits.length, 2);
    assert.equal((await site.om(GitLogCommand, ['--count', 'x'])).code, 2);
  });

  it('is empty where nothing is committed', async (t) => {
    const site = gitSite(t, {}, { repository: 'empty' });
    const run = await site.om(GitLogCommand);
    assert.equal(run.code, 0);
    assert.deepEqual(run.json<GitLog>().result, { branch: 'main', commits: [] });
  });
});
