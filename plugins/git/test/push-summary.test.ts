import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import GitPushSummary from '../src/commands/git/push-summary.ts';
import type { SummaryResult } from '../src/summary/result.ts';
import { bareRemote, type GitSite, gitSite } from './git-site.ts';

function page(site: GitSite, name = 'changelog/report.html', content = '<h1>Day</h1>\n'): void {
  mkdirSync(dirname(join(site.state, name)), { recursive: true });
  writeFileSync(join(site.state, name), content);
}

async function pushSummary(site: GitSite, argv: readonly string[] = [], code = 0) {
  const run = await site.om(GitPushSummary, argv);
  assert.equal(run.code, code, run.stdout + run.stderr);
  return { ...run.json<SummaryResult>(), out: run.stdout + run.stderr };
}

const folder = 'daily-summary';

describe('git push-summary', () => {
  it('commits its folder alone and leaves what else is staged and changed', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n', 'b.txt': 'one\n', '.gitignore': '*.html\n' });
    const remote = bareRemote(site);
    site.git('push', '-q', 'origin', 'main');
    page(site);
    site.write('a.txt', 'staged\n');
    site.write('staged.txt', 'new\n');
    site.git('add', 'a.txt', 'staged.txt');
    site.write('a.txt', 'and changed\n');
    site.write('b.txt', 'changed\n');
    site.write('untracked.txt', 'x\n');
    const before = site.git('status', '--porcelain');
    const { result } = await pushSummary(site);
    assert.match(result.message, /^Daily summary artifacts \d{4}-\d\d-\d\d$/);
    assert.equal(site.git('log', '-1', '--format=%s'), `${result.message}\n`);
    assert.deepEqual(
      site.git('show', '--format=', '--name-only', 'HEAD'),
      `${folder}/changelog/report.html\n`,
    );
    assert.equal(site.git('status', '--porcelain'), before, 'the same is staged and changed');
    assert.equal(site.git('show', ':a.txt'), 'staged\n');
    assert.deepEqual([result.committed, result.pushed, result.commits], [true, true, 1]);
    assert.equal(site.git('-C', remote, 'rev-parse', 'main').trim(), result.commit);
  });

  it('commits a file that is gone from its folder, and nothing when all is as it was', async (t) => {
    const site = gitSite(t, { [`${folder}/old.txt`]: 'x\n' });
    bareRemote(site);
    page(site);
    rmSync(join(site.root, folder, 'old.txt'));
    assert.equal((await pushSummary(site)).result.files, 2);
    assert.equal(site.git('status', '--porcelain'), '');
    const head = site.git('rev-parse', 'HEAD');
    const { result } = await pushSummary(site);
    assert.deepEqual([result.committed, result.pushed, result.copied], [false, false, []]);
    assert.equal(site.git('rev-parse', 'HEAD'), head);
  });

  it('counts the commits that go along, and pushes those of nobody without a summary', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site);
    page(site);
    await pushSummary(site);
    site.git('commit', '-qm', 'mine', '--allow-empty');
    assert.equal((await pushSummary(site)).result.pushed, false);
    page(site, undefined, '<h1>Another day</h1>\n');
    const { warnings, result } = await pushSummary(site);
    assert.match(warnings.join(), /1 commit of main that was not pushed yet goes along/);
    assert.equal(result.commits, 2);
    assert.equal(site.git('-C', remote, 'rev-parse', 'main').trim(), result.commit);
  });

  it('pushes again what could not be pushed before', async (t) => {
    const site = gitSite(t);
    const remote = bareRemote(site, { refusing: 'not now' });
    page(site);
    const refused = await pushSummary(site, [], 1);
    assert.equal(refused.error.code, 'E_PUSH_REFUSED');
    assert.deepEqual([refused.result.committed, refused.result.pushed], [true, false]);
    rmSync(join(remote, 'hooks/pre-receive'));
    const { result } = await pushSummary(site);
    assert.deepEqual([result.committed, result.pushed], [false, true]);
  });

  it('refuses a page with a secret and copies nothing: exit 1', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n', '.env': 'ADMIN_SECRET=Only-the-site-9\n' });
    bareRemote(site);
    page(site);
    page(site, 'analysis/report.html', '<p>Only-the-site-9</p>\n');
    const before = site.picture();
    const { error, result, out } = await pushSummary(site, [], 1);
    assert.equal(error.code, 'E_SECRET_FOUND');
    assert.equal(result.refused[0]?.path, 'analysis/report.html');
    assert.ok(!out.includes('Only-the-site-9'));
    assert.deepEqual(site.picture(), before);
  });

  it('refuses a secret that somebody else put into the folder, too', async (t) => {
    const site = gitSite(t);
    bareRemote(site);
    page(site);
    site.write(`${folder}/notes.txt`, `token ghp_${'a1B2'.repeat(9)}\n`);
    const head = site.git('rev-parse', 'HEAD');
    const { result } = await pushSummary(site, [], 1);
    assert.equal(result.refused[0]?.path, `${folder}/notes.txt`);
    assert.equal(site.git('rev-parse', 'HEAD'), head);
  });

  it('leaves out what is too large, or a link, and says so: exit 7', async (t) => {
    const site = gitSite(t);
    bareRemote(site);
    page(site);
    page(site, 'analysis/report.html');
    truncateSync(join(site.state, 'analysis/report.html'), 6 * 1024 * 1024);
    symlinkSync('/etc/passwd', join(site.state, 'index.html'));
    const { result } = await pushSummary(site, [], 7);
    assert.deepEqual(result.leftOut.map(({ path }) => path).sort(), [
      'analysis/report.html',
      'index.html',
    ]);
    assert.equal(result.pushed, true);
  });

  it('does nothing in a merge, detached, without pages, remote or name', async (t) => {
    const site = gitSite(t);
    assert.equal((await pushSummary(site, [], 5)).error.code, 'E_NO_REMOTE');
    bareRemote(site);
    assert.equal((await pushSummary(site, [], 5)).error.code, 'E_NO_PAGES');
    page(site);
    symlinkSync('/tmp', join(site.root, folder));
    assert.equal((await pushSummary(site, [], 5)).error.code, 'E_NOT_A_FOLDER');
    rmSync(join(site.root, folder));
    site.git('bisect', 'start');
    assert.equal((await pushSummary(site, [], 6)).result.state, 'bisect');
    site.git('bisect', 'reset');
    site.git('checkout', '-q', '--detach');
    assert.equal((await pushSummary(site, [], 5)).error.code, 'E_DETACHED');
    const nobody = gitSite(t, undefined, { identity: false });
    bareRemote(nobody);
    page(nobody);
    assert.equal((await pushSummary(nobody, [], 5)).error.code, 'E_NO_IDENTITY');
  });

  it('begins a repository without a commit', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n' }, { repository: 'empty' });
    bareRemote(site);
    page(site);
    assert.equal((await pushSummary(site)).result.pushed, true);
    assert.equal(site.git('status', '--porcelain'), '?? a.txt\n');
  });

  it('changes nothing in a dry run', async (t) => {
    const site = gitSite(t);
    bareRemote(site);
    page(site);
    const before = site.picture();
    const { result } = await pushSummary(site, ['--dry-run']);
    assert.deepEqual(result.copied, ['changelog/report.html']);
    assert.deepEqual(site.picture(), before);
  });
});
