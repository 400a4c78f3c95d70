import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import GitCheckpoint from '../src/commands/git/checkpoint.ts';
import GitCommit from '../src/commands/git/commit.ts';
import GitLog from '../src/commands/git/log.ts';
import GitPush from '../src/commands/git/push.ts';
import GitStatus from '../src/commands/git/status.ts';
import { type GitSite, gitSite } from './git-site.ts';

const nobody = 65534;
const skip = process.getuid?.() === 0 ? false : 'needs root, to be somebody else than the owner';

/** A repository whose owner has put a program into everything that git runs; each writes down who it was run as. */
function trapped(t: TestContext): GitSite & { ran(): string[]; clear(): void } {
  const site = gitSite(t);
  const log = join(site.folder, 'ran');
  mkdirSync(log);
  chmodSync(log, 0o777);
  const trap = (name: string, rest: string) => {
    const path = join(site.folder, name);
    writeFileSync(path, `#!/bin/sh\necho ${name} $(id -u) >> ${log}/$(id -u)\n${rest}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const hook = trap('hook', 'exit 0');
  for (const name of [
    'pre-commit',
    'post-commit',
    'reference-transaction',
    'pre-push',
    'post-index-change',
  ])
    execFileSync('cp', [hook, join(site.root, '.git/hooks', name)]);
  const remote = join(site.folder, 'remote.git');
  site.git('init', '--quiet', '--bare', remote);
  for (const [key, value] of [
    ['user.name', 'Owner'],
    ['user.email', 'owner@example.org'],
    ['filter.trap.clean', trap('filter', 'exec cat')],
    ['core.fsmonitor', trap('fsmonitor', "printf '/\\0'")],
    ['gpg.program', trap('gpg', 'exit 1')],
    ['log.showSignature', 'true'],
    ['remote.origin.url', remote],
    ['core.sshCommand', trap('ssh', 'exit 1')],
  ] as const)
    site.git('config', key, value);
  site.write('.gitattributes', '* filter=trap\n');
  site.write('a.txt', 'two\n');
  execFileSync('chown', ['-R', `${nobody}:${nobody}`, site.root, remote]);
  return {
    ...site,
    ran: () =>
      ['0', '1', `${nobody}`].flatMap((uid) =>
        existsSync(join(log, uid)) ? readFileSync(join(log, uid), 'utf8').trim().split('\n') : [],
      ),
    clear: () => execFileSync('find', [log, '-type', 'f', '-delete']),
  };
}

const who = (ran: readonly string[]) => new Set(ran.map((line) => line.split(' ')[1]));

describe('in the repository of another user', { skip }, () => {
  it('root runs nothing of it as root: it is the owner’s git, and leaves nothing that is not the owner’s', async (t) => {
    const site = trapped(t);
    for (const [command, argv] of [
      [GitStatus, []],
      [GitLog, []],
      [GitCheckpoint, []],
      [GitCommit, ['-m', 'two']],
      [GitPush, []],
    ] as const) {
      site.clear();
      const run = await site.om(command, argv);
      assert.equal(run.code, 0, run.stdout + run.stderr);
      const ran = site.ran();
      assert.deepEqual(
        [...who(ran)].filter((uid) => uid !== `${nobody}`),
        [],
        ran.join(),
      );
      if (command !== GitLog) assert.ok(ran.length > 0, 'no trap was stepped on');
    }
    const others = ['find', site.root, '!', '-uid', `${nobody}`];
    assert.equal(execFileSync(others[0] as string, others.slice(1), { encoding: 'utf8' }), '');
    const author = execFileSync(
      'git',
      ['-c', 'safe.directory=*', 'log', '-1', '--format=%an %s', '--no-show-signature'],
      { cwd: site.root, encoding: 'utf8' },
    );
    assert.equal(author, 'Owner two\n');
  });

  it('root does it himself where he has said that he trusts it', async (t) => {
    const site = trapped(t);
    writeFileSync(join(site.folder, 'home/.gitconfig'), `[safe]\n\tdirectory = ${site.root}\n`, {
      flag: 'a',
    });
    const run = await site.om(GitCommit, ['-m', 'two']);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.ok(site.ran().includes('hook 0'), site.ran().join());
    assert.equal(
      execFileSync('find', [join(site.root, '.git'), '-uid', '0'], { encoding: 'utf8' }),
      '',
    );
  });

  it('who is neither is refused, and told why', async (t) => {
    const site = trapped(t);
    rmSync(site.state, { recursive: true, force: true });
    mkdirSync(site.state);
    execFileSync('chown', ['1:1', site.state]);
    for (const command of ['status', 'commit', 'checkpoint', 'log']) {
      const run = await site.run(['git', command, '--json'], { env: site.env, uid: 1, gid: 1 });
      assert.equal(run.code, 5, run.stdout + run.stderr);
      const { error } = run.json();
      assert.equal(error.code, 'E_FOREIGN_REPOSITORY');
      assert.match(error.suggestions.join(), /safe\.directory/);
    }
    assert.deepEqual(site.ran(), []);
  });
});
