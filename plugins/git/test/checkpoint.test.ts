import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import type { KeptCheckpoint } from '../src/checkpoint/list.ts';
import GitCheckpoint from '../src/commands/git/checkpoint.ts';
import { type GitSite, gitSite, hook } from './git-site.ts';

function files(site: GitSite, branch: string): string[] {
  return site.git('ls-tree', '-r', '-z', '--name-only', branch).split('\0').filter(Boolean);
}

async function checkpoint(site: GitSite, argv: readonly string[] = [], code = 0) {
  const before = site.picture();
  const run = await site.om(GitCheckpoint, argv);
  assert.equal(run.code, code, run.stdout + run.stderr);
  assert.deepEqual(site.picture(), before, 'HEAD, index and work tree are as they were');
  return run.json<Checkpoint>().result;
}

describe('git checkpoint', () => {
  it('holds all that is not ignored and changes nothing', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n', 'gone.txt': 'x\n', '.gitignore': '.env\nlogs/\n' });
    site.write('a.txt', 'staged\n');
    site.git('add', 'a.txt');
    site.write('a.txt', 'two\n');
    site.write('new/deep.txt', 'new\n');
    site.write('.env', 'DB_PASSWORD=x\n');
    site.write('logs/x.log', 'x\n');
    rmSync(join(site.root, 'gone.txt'));
    symlinkSync('/nowhere', join(site.root, 'link'));
    const done = await checkpoint(site);
    assert.match(done.branch, /^checkpoint-\d{4}-\d\d-\d\d_\d{6}$/);
    assert.deepEqual(files(site, done.branch), ['.gitignore', 'a.txt', 'link', 'new/deep.txt']);
    assert.equal(done.files, 4);
    assert.equal(site.git('show', `${done.branch}:a.txt`), 'two\n');
    assert.equal(site.git('rev-parse', `${done.branch}^`), site.git('rev-parse', 'HEAD'));
    assert.equal(site.git('rev-parse', done.branch).trim(), done.commit);
    assert.match(
      site.git('log', '-1', '--format=%B', done.branch),
      /^WIP: OM-Ops checkpoint \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/,
    );
    assert.deepEqual(done.leftOut, [
      { path: '.env', why: 'ignored env file' },
      { path: 'logs/', why: 'ignored' },
    ]);
  });

  it('is taken back with the command it names', async (t) => {
    const site = gitSite(t);
    site.write('a.txt', 'precious\n');
    site.write('b.txt', 'untracked\n');
    const { restore } = await checkpoint(site);
    site.git('reset', '--hard', '--quiet');
    rmSync(join(site.root, 'b.txt'));
    execFileSync('sh', ['-c', restore], { cwd: '/', stdio: 'ignore' });
    assert.equal(site.git('show', ':a.txt'), 'precious\n');
    assert.equal(site.git('show', ':b.txt'), 'untracked\n');
  });

  it('sees a change of the same size in the moment the index was written', async (t) => {
    const site = gitSite(t);
    const at = new Date('2026-01-01T00:00:00Z');
    utimesSync(join(site.root, 'a.txt'), at, at);
    site.git('update-index', '--refresh');
    site.write('a.txt', 'two\n');
    utimesSync(join(site.root, 'a.txt'), at, at);
    utimesSync(join(site.root, '.git/index'), at, at);
    const { branch } = await checkpoint(site);
    assert.equal(site.git('show', `${branch}:a.txt`), 'two\n');
  });

  const kinds: [string, (site: GitSite) => void][] = [
    ['as usual', () => {}],
    ['of version 4', ({ git }) => git('update-index', '--index-version', '4')],
    ['in two files', ({ git }) => git('update-index', '--split-index')],
    ['without a checksum', ({ git }) => git('config', 'index.skipHash', 'true')],
  ];
  for (const [kind, make] of kinds)
    it(`holds files that git was told to look away from, with an index ${kind}`, async (t) => {
      const site = gitSite(t, { 'a.txt': 'one\n', 'b.txt': 'one\n', 'c.txt': 'one\n' });
      make(site);
      site.git('update-index', '--assume-unchanged', 'a.txt');
      site.git('update-index', '--skip-worktree', 'b.txt');
      site.git('update-index', '--skip-worktree', 'c.txt');
      site.write('a.txt', 'two\n');
      site.write('b.txt', 'two\n');
      rmSync(join(site.root, 'c.txt'));
      const { branch, files: count } = await checkpoint(site);
      assert.equal(count, 3);
      assert.equal(site.git('show', `${branch}:a.txt`), 'two\n');
      assert.equal(site.git('show', `${branch}:b.txt`), 'two\n');
      assert.equal(site.git('show', `${branch}:c.txt`), 'one\n', 'not there by intent');
    });

  it('works without a commit, with a detached HEAD, in a conflict and in a rebase', async (t) => {
    const empty = gitSite(t, { 'a.txt': 'one\n' }, { repository: 'empty' });
    const first = await checkpoint(empty);
    assert.deepEqual(files(empty, first.branch), ['a.txt']);

    const site = gitSite(t);
    site.git('checkout', '--quiet', '-b', 'other');
    site.write('a.txt', 'theirs\n');
    site.git('commit', '-qam', 'theirs');
    site.git('checkout', '--quiet', 'main');
    site.write('a.txt', 'ours\n');
    site.git('commit', '-qam', 'ours');
    site.git('checkout', '--quiet', '--detach');
    assert.equal((await checkpoint(site)).state, null);
    site.git('checkout', '--quiet', 'main');
    assert.throws(() => site.git('merge', 'other'));
    const merging = await checkpoint(site);
    assert.equal(merging.state, 'merge');
    assert.match(site.git('show', `${merging.branch}:a.txt`), /^<<<<<<< /);
    site.git('merge', '--abort');
    assert.throws(() => site.git('rebase', 'other'));
    assert.equal((await checkpoint(site)).state, 'rebase');
  });

  it('gives two of the same second two names', async (t) => {
    const site = gitSite(t);
    t.mock.timers.enable({ apis: ['Date'], now: new Date(2026, 0, 2, 3, 4, 5) });
    assert.equal((await checkpoint(site)).branch, 'checkpoint-2026-01-02_030405');
    assert.equal((await checkpoint(site)).branch, 'checkpoint-2026-01-02_030405-2');
    const planned = await checkpoint(site, ['--dry-run']);
    assert.equal(planned.branch, 'checkpoint-2026-01-02_030405-3');
  });

  it('runs no hook, signs nothing and needs no name', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n' }, { identity: false });
    for (const name of ['pre-commit', 'commit-msg', 'reference-transaction', 'post-index-change'])
      hook(join(site.root, '.git/hooks', name), `touch ${site.folder}/ran-${name}; exit 1`);
    site.git('config', 'commit.gpgSign', 'true');
    site.git('config', 'gpg.program', '/bin/false');
    site.write('b.txt', 'new\n');
    const { branch } = await checkpoint(site);
    assert.deepEqual(files(site, branch), ['a.txt', 'b.txt']);
    assert.equal(site.git('log', '-1', '--format=%an', branch), 'om-ops\n');
    assert.deepEqual(
      execFileSync('ls', [site.folder], { encoding: 'utf8' }).match(/ran-.*/g),
      null,
    );
  });

  it('names repositories and submodules whose content it cannot hold, with exit 7', async (t) => {
    const site = gitSite(t);
    const library = gitSite(t, { 'lib.txt': 'one\n' });
    site.git(
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      library.root,
      'sub',
    );
    site.git('commit', '-qm', 'sub');
    site.write('sub/lib.txt', 'changed\n');
    site.git('init', '--quiet', 'empty-one');
    site.git('init', '--quiet', 'nested');
    site.git('-C', 'nested', 'commit', '-qm', 'x', '--allow-empty');
    const { leftOut, branch } = await checkpoint(site, [], 7);
    assert.deepEqual(leftOut, [
      { path: 'empty-one/', why: 'repository of its own' },
      { path: 'nested/', why: 'repository of its own' },
      { path: 'sub', why: 'submodule with changes of its own' },
    ]);
    assert.ok(files(site, branch).includes('a.txt'));
  });

  it('names what cannot be read and holds the rest, with exit 7', async (t) => {
    const site = gitSite(t);
    site.write('secret.txt', 'x');
    site.write('closed/in.txt', 'x');
    site.write('b.txt', 'new\n');
    for (const name of ['secret.txt', 'closed']) chmodSync(join(site.root, name), 0);
    execFileSync('chown', ['-R', '65534:65534', site.folder]);
    const run = await site.run(['git', 'checkpoint', '--json'], {
      env: { ...site.env },
      uid: 65534,
      gid: 65534,
    });
    assert.equal(run.code, 7, run.stdout + run.stderr);
    const { leftOut, branch } = run.json<Checkpoint>().result;
    assert.deepEqual(
      leftOut.map(({ path, why }) => `${path} ${why}`),
      ['closed/ unreadable', 'secret.txt unreadable'],
    );
    assert.deepEqual(
      execFileSync('git', ['-c', 'safe.directory=*', 'ls-tree', '--name-only', '-r', branch], {
        cwd: site.root,
        encoding: 'utf8',
      }),
      'a.txt\nb.txt\n',
    );
  });

  it('works in the repository of another user and leaves nothing in it that is root’s', async (t) => {
    const site = gitSite(t);
    site.write('b.txt', 'new\n');
    execFileSync('chown', ['-R', '65534:65534', site.root]);
    const run = await site.om(GitCheckpoint);
    assert.equal(run.code, 0, run.stdout);
    const own = execFileSync('find', [join(site.root, '.git'), '-uid', '0'], { encoding: 'utf8' });
    assert.equal(own, '');
  });

  it('takes any name there is', async (t) => {
    const site = gitSite(t);
    const names = [
      '-leading',
      'two\nlines',
      'quo"te',
      "it's",
      ' blank',
      'ünï',
      'star*?[x]',
      ':(top)x',
    ];
    for (const name of names) site.write(name, 'x\n');
    const raw = Buffer.concat([Buffer.from(`${site.root}/`), Buffer.from([0x66, 0xff, 0xfe])]);
    writeFileSync(raw, 'x\n');
    const { branch, files: count } = await checkpoint(site);
    assert.equal(count, names.length + 2);
    for (const name of names) assert.ok(files(site, branch).includes(name), name);
  });

  it('is not led astray by the variables of a git it was started from', async (t) => {
    const site = gitSite(t);
    const other = gitSite(t, { 'other.txt': 'x\n' });
    const before = other.picture();
    site.write('b.txt', 'new\n');
    const run = await site.om(GitCheckpoint, [], {
      GIT_DIR: join(other.root, '.git'),
      GIT_WORK_TREE: other.root,
      GIT_INDEX_FILE: join(other.root, '.git/index'),
      commit: 'of the shell',
      tree: 'of the shell',
    });
    assert.equal(run.code, 0);
    assert.deepEqual(files(site, run.json<Checkpoint>().result.branch), ['a.txt', 'b.txt']);
    assert.deepEqual(other.picture(), before);
  });

  it('makes nothing in a dry run', async (t) => {
    const site = gitSite(t);
    site.write('b.txt', 'new\n');
    const objects = () => site.git('count-objects');
    const before = objects();
    const planned = await checkpoint(site, ['--dry-run', '--message', 'Before the move']);
    assert.equal(planned.commit, null);
    assert.equal(planned.changed, 1);
    assert.equal(planned.message, 'Before the move');
    assert.equal(objects(), before);
    assert.equal(site.git('branch', '--list', 'checkpoint-*'), '');
  });

  it('lists them newest first and prunes the old ones, which can be undone by nobody', async (t) => {
    const site = gitSite(t);
    t.mock.timers.enable({ apis: ['Date'], now: new Date(2026, 0, 2, 3, 4, 5) });
    for (let number = 0; number < 3; number += 1) await checkpoint(site, ['-m', `no ${number}`]);
    site.git('branch', 'checkpoint-mine');
    const list = async () =>
      (await site.om(GitCheckpoint, ['--list']))
        .json<{ checkpoints: KeptCheckpoint[] }>()
        .result.checkpoints.map(({ branch, message }) => `${branch.slice(-8)} ${message}`);
    assert.deepEqual(await list(), ['030405-3 no 2', '030405-2 no 1', '2_030405 no 0']);
    assert.equal((await site.om(GitCheckpoint, ['--prune', '--keep', '1'])).code, 3);
    assert.equal((await list()).length, 3);
    const argv = ['--prune', '--keep', '1', '--confirm', 'YES APPLY'];
    assert.equal((await site.om(GitCheckpoint, argv)).code, 0);
    assert.deepEqual(await list(), ['030405-3 no 2']);
    assert.match(site.git('branch', '--list'), /checkpoint-mine/);
  });

  it('says what is missing, with exit 5', async (t) => {
    const none = gitSite(t, {}, { repository: false });
    const run = await none.om(GitCheckpoint);
    assert.equal(run.code, 5);
    assert.equal(run.json().error.code, 'E_NO_REPOSITORY');
    const site = gitSite(t);
    const bin = temporaryFolder(t);
    const without = await site.om(GitCheckpoint, [], { PATH: bin });
    assert.equal(without.code, 5);
    assert.equal(without.json().error.code, 'E_PROGRAM_MISSING');
    rmSync(join(site.root, '.git'), { recursive: true });
    mkdirSync(join(site.root, '.git'));
    assert.equal((await site.om(GitCheckpoint)).code, 5, 'a folder that is called .git');
    assert.equal((await site.om(GitCheckpoint, ['--message', ' '])).code, 2);
  });
});
