import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import GitCommit from '../src/commands/git/commit.ts';
import type { CommitResult } from '../src/commit/result.ts';
import { type GitSite, gitSite, hook } from './git-site.ts';

const confirmed = ['--confirm', 'YES APPLY'];

/** Runs it, and when it commits nothing, that nothing changed. */
async function commit(site: GitSite, argv: readonly string[] = [], code = 0) {
  const before = site.picture();
  const run = await site.om(GitCommit, argv);
  assert.equal(run.code, code, run.stdout + run.stderr);
  const { result, error, warnings } = run.json<CommitResult>();
  if (result?.committed !== true) assert.deepEqual(site.picture(), before, 'nothing changed');
  return { result, error, warnings, out: run.stdout + run.stderr };
}

function large(site: GitSite, name: string, mib: number): void {
  site.write(name, 'data\n');
  truncateSync(join(site.root, name), mib * 1024 * 1024);
}

const small = { profile: 'git: {largeFileMb: 1}' };

describe('git commit', () => {
  it('commits all there is, and leaves a clean work tree', async (t) => {
    const site = gitSite(t);
    site.write('a.txt', 'two\n');
    site.write('rebuild dist.md', 'no artifact\n');
    site.write('distance/x.js', 'no artifact\n');
    site.write('.env.example', 'DB_PASSWORD=hunter22\n');
    const { result } = await commit(site, ['--message', '# Correct it']);
    assert.equal(result.committed, true);
    assert.equal(result.files, 4);
    assert.equal(result.commit, site.git('rev-parse', 'HEAD').trim());
    assert.equal(site.git('log', '-1', '--format=%s'), '# Correct it\n');
    assert.equal(site.git('status', '--porcelain'), '');
    assert.deepEqual(result.looked, { files: 4, bytes: 49, binary: 0 });
  });

  it('has nothing to commit, with exit 0', async (t) => {
    const { result } = await commit(gitSite(t));
    assert.equal(result.committed, false);
    assert.equal((await commit(gitSite(t), ['-m', ' '], 2)).error.code, 'E_EMPTY_MESSAGE');
  });

  it('refuses what is large or made, each by name, size and line for .gitignore', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n', 'grown.bin': 'x' }, small);
    large(site, 'new folder/big file.bin', 2);
    large(site, 'grown.bin', 3);
    site.write('node_modules/x/index.js', 'x');
    site.write('front-end/dist/app.js', 'x');
    site.write('lib/native.so', 'x');
    site.write('server/.env', 'X=1\n');
    const { result, error } = await commit(site, [], 3);
    assert.equal(error.code, 'E_UNCONFIRMED');
    assert.match(error.message, /new folder\/big file\.bin \(2\.10 MB\): larger than 1 MiB/);
    assert.deepEqual(
      result.refused.map(({ path, bytes, ignore }) => [path, bytes, ignore]),
      [
        ['front-end/dist/app.js', 1, '/front-end/dist/'],
        ['grown.bin', 3 * 1024 * 1024, '/grown.bin'],
        ['lib/native.so', 1, '*.so'],
        ['new folder/big file.bin', 2 * 1024 * 1024, '/new folder/big file.bin'],
        ['node_modules/x/index.js', 1, '/node_modules/'],
        ['server/.env', 4, '/server/.env'],
      ],
    );
    // The lines it gives do what they are for.
    appendFileSync(
      join(site.root, '.git/info/exclude'),
      `${result.refused.map(({ ignore }) => ignore).join('\n')}\n`,
    );
    site.git('checkout', '--', 'grown.bin');
    assert.equal((await commit(site)).result.committed, false);
  });

  it('commits what was confirmed, and says so', async (t) => {
    const site = gitSite(t, undefined, small);
    site.write('dist/app.js', 'x');
    const wrong = await commit(site, ['--confirm', 'yes apply'], 3);
    assert.equal(wrong.result.committed, false);
    const { result } = await commit(site, confirmed);
    assert.equal(result.committed, true);
    assert.deepEqual(result.refused, []);
    assert.equal(result.accepted[0]?.path, 'dist/app.js');
    site.write('dist/app.js', 'changed, and tracked by intent');
    assert.equal((await commit(site)).result.committed, true);
  });

  it('takes a large file that only moved, and one that git LFS keeps', async (t) => {
    const site = gitSite(t, undefined, small);
    large(site, 'big.bin', 2);
    site.git('add', '--all');
    site.git('commit', '-qm', 'big');
    execFileSync('mv', ['big.bin', 'moved.bin'], { cwd: site.root });
    assert.equal((await commit(site)).result.committed, true);
    site.write('.gitattributes', '*.psd filter=lfs\n');
    large(site, 'picture.psd', 3);
    assert.equal((await commit(site, [], 3)).result.refused[0]?.path, 'picture.psd');
    site.git('config', 'filter.lfs.clean', 'head -c 10');
    assert.equal((await commit(site)).result.committed, true);
  });

  it('finds keys, tokens and passwords by content, and shows none', async (t) => {
    const site = gitSite(t, { 'a.txt': 'one\n', '.gitignore': '.env\n' });
    site.write('.env', 'SESSION_KEY=Zq8-known-to-the-site\n');
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA1234567890abcdef'.repeat(2)}\n-----END RSA PRIVATE KEY-----\n`;
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const secrets: Record<string, string> = {
      'key.txt': key,
      'config.js': "\nexport const DB_PASSWORD = 'correcthorse';\n",
      'deploy.sh': `curl -H "Authorization: token ${token}"\n`,
      'compose.yml': 'environment:\n  - JWT_SECRET=sevenwords\n',
      'url.js': "connect('mysql://app:s3cr3t-words@db.local/x')\n",
      'copied.js': "sign('Zq8-known-to-the-site')\n",
      'camel.json': '{"apiToken": "k3J9-xx81-1Qz"}\n',
      'wide.txt': `\ufeffDB_PASSWORD=utf16secret\n`,
    };
    for (const [name, content] of Object.entries(secrets)) site.write(name, content);
    site.write('wide.txt', Buffer.from(secrets['wide.txt'] ?? '', 'utf16le'));
    const { result, out } = await commit(site, [], 3);
    assert.deepEqual(
      result.refused.map(({ path }) => path),
      Object.keys(secrets).sort(),
    );
    assert.match(
      result.refused.find(({ path }) => path === 'config.js')?.why ?? '',
      /line 2: DB_PASSWORD/,
    );
    for (const secret of [
      'correcthorse',
      token,
      'sevenwords',
      's3cr3t-words',
      'Zq8-known',
      'k3J9',
      'MIIE',
    ])
      assert.ok(!out.includes(secret), `${secret} is shown`);
  });

  it('takes code that only speaks of secrets', async (t) => {
    const site = gitSite(t);
    site.write(
      'login.ts',
      [
        'const password = req.body.password;',
        "const passwordLabel = 'Your password';",
        "const tokenUrl = 'https://auth.example.org/oauth/token2';",
        'const JWT_SECRET = process.env.JWT_SECRET;',
        "if (text.includes('-----BEGIN RSA PRIVATE KEY-----')) throw new Error('no');",
        "t('password-reset.step-2')",
        'export const DB_PASSWORD = getPassword(1);',
        "const url = 'postgres://USER:PASSWORD@host/db';",
        "{ resetToken: 'reset_token_1' }",
        '.sk-fading-circle-wrapper-element {}',
      ].join('\n'),
    );
    site.write('README.md', 'Set `DB_PASSWORD=<your password>` or DB_PASSWORD=changeme_now\n');
    assert.deepEqual((await commit(site)).result.committed, true);
  });

  it('asks for a secret once: one that is committed is no news', async (t) => {
    const site = gitSite(t, { 'config.js': "const DB_PASSWORD = 'correcthorse';\n" });
    site.write('config.js', "const DB_PASSWORD = 'correcthorse';\nconst PORT = 3001;\n");
    assert.equal((await commit(site)).result.committed, true);
    site.write('config.js', "const DB_PASSWORD = 'anotherhorse';\n");
    assert.equal((await commit(site, [], 3)).result.committed, false);
  });

  it('refuses a repository within, of which only a link would be kept', async (t) => {
    const site = gitSite(t);
    site.git('init', '-q', 'nested');
    site.git('-C', 'nested', 'commit', '-qm', 'x', '--allow-empty');
    assert.match((await commit(site, [], 3)).result.refused[0]?.why ?? '', /repository of its own/);
  });

  it('runs hooks as git does; one that refuses leaves everything as it was', async (t) => {
    const site = gitSite(t);
    site.write('a.txt', 'two\n');
    site.git('add', 'a.txt');
    site.write('b.txt', 'new\n');
    hook(
      join(site.root, '.git/hooks/pre-commit'),
      'echo "lint: DB_PASSWORD=hunter22 in b.txt" >&2; exit 1',
    );
    const { error, out } = await commit(site, [], 1);
    assert.equal(error.code, 'E_COMMIT_REFUSED');
    assert.match(error.message, /lint: DB_PASSWORD=<REDACTED>/);
    assert.ok(!out.includes('hunter22'));
    hook(
      join(site.root, '.git/hooks/pre-commit'),
      `env | grep ^GIT_ | sort > ${site.folder}/env; echo formatted > b.txt; git add b.txt`,
    );
    const run = await site.om(GitCommit, [], {
      GIT_DIR: '/nowhere',
      GIT_WORK_TREE: '/',
      GIT_EDITOR: 'x',
    });
    assert.equal(run.code, 0, run.stdout);
    assert.equal(site.git('show', 'HEAD:b.txt'), 'formatted\n');
    assert.equal(site.git('status', '--porcelain'), '');
    const seen = readFileSync(join(site.folder, 'env'), 'utf8');
    assert.doesNotMatch(seen, /nowhere|GIT_WORK_TREE|GIT_OPTIONAL_LOCKS/);
  });

  it('says that the commit is there when what came after it failed', async (t) => {
    const site = gitSite(t);
    site.write('a.txt', 'two\n');
    hook(join(site.root, '.git/hooks/post-commit'), 'exit 1');
    const { result } = await commit(site);
    assert.equal(result.committed, true);
    assert.equal(site.git('status', '--porcelain'), '');
  });

  it('commits nothing in a merge, rebase, bisect or conflict: exit 6 with the state', async (t) => {
    const site = gitSite(t);
    site.git('checkout', '-qb', 'other');
    site.write('a.txt', 'theirs\n');
    site.git('commit', '-qam', 'theirs');
    site.git('checkout', '-q', 'main');
    site.write('a.txt', 'ours\n');
    site.git('commit', '-qam', 'ours');
    const states: [readonly string[], readonly string[], string][] = [
      [['merge', 'other'], ['merge', '--abort'], 'merge'],
      [['rebase', 'other'], ['rebase', '--abort'], 'rebase'],
      [['bisect', 'start'], ['bisect', 'reset'], 'bisect'],
    ];
    for (const [begin, end, state] of states) {
      try {
        site.git(...begin);
      } catch {
        // A conflict is what is wanted.
      }
      const { result, error } = await commit(site, [], 6);
      assert.equal(result.state, state);
      assert.match(error.message, new RegExp(`${state} is under way`));
      assert.ok(error.suggestions.length > 0);
      site.git(...end);
    }
    site.write('a.txt', 'stashed\n');
    site.git('stash', '-q');
    site.write('a.txt', 'in the way\n');
    site.git('commit', '-qam', 'in the way');
    assert.throws(() => site.git('stash', 'pop'));
    assert.equal((await commit(site, [], 6)).result.state, 'conflict');
  });

  it('has nothing to commit where only the inside of a submodule or a time has changed', async (t) => {
    const site = gitSite(t);
    const library = gitSite(t, { 'lib.txt': 'one\n' });
    const submodule = ['submodule', '--quiet', 'add', library.root, 'sub'];
    site.git('-c', 'protocol.file.allow=always', ...submodule);
    site.git('commit', '-qm', 'sub');
    site.write('sub/lib.txt', 'changed\n');
    const { result, warnings } = await commit(site, [], 7);
    assert.deepEqual([result.committed, result.files], [false, 0]);
    assert.match(warnings.join(), /inside submodules are not committed: sub/);
    site.git('-C', 'sub', 'checkout', '-q', '.');
    site.write('.gitattributes', '* text=auto\n');
    assert.equal((await commit(site)).result.committed, true);
    site.write('a.txt', 'one\r\n');
    assert.deepEqual((await commit(site)).result.committed, false);
  });

  it('commits nothing while a folder cannot be read', async (t) => {
    const site = gitSite(t);
    site.write('closed/in.txt', 'x');
    site.write('b.txt', 'x');
    chmodSync(join(site.root, 'closed'), 0);
    execFileSync('chown', ['-R', '65534:65534', site.folder]);
    const argv = ['git', 'commit', '--json'];
    const run = await site.run(argv, { env: site.env, uid: 65534, gid: 65534 });
    assert.equal(run.code, 5, run.stdout);
    assert.equal(run.json().error.code, 'E_PERMISSION');
  });

  it('wants to know who commits, with exit 5 and the command', async (t) => {
    const site = gitSite(t, undefined, { identity: false });
    site.write('a.txt', 'two\n');
    const { error } = await commit(site, [], 5);
    assert.equal(error.code, 'E_NO_IDENTITY');
    assert.match(error.suggestions[0] ?? '', /git -C \S+ config user\.name/);
  });

  it('commits into an empty repository, on a detached HEAD with a warning, and for another owner', async (t) => {
    const empty = gitSite(t, { 'a.txt': 'one\n' }, { repository: 'empty' });
    assert.equal((await commit(empty)).result.files, 1);
    const site = gitSite(t);
    site.git('checkout', '-q', '--detach');
    site.write('a.txt', 'two\n');
    const { warnings, result } = await commit(site);
    assert.equal(result.branch, null);
    assert.match(warnings.join(), /on no branch/);
    site.git('checkout', '-qb', 'kept');
    site.write('a.txt', 'three\n');
    for (const [key, value] of Object.entries({ name: 'Ann', email: 'ann@example.org' }))
      site.git('config', `user.${key}`, value);
    execFileSync('chown', ['-R', '65534:65534', site.root]);
    const run = await site.om(GitCommit);
    assert.equal(run.code, 0, run.stdout);
    assert.equal(execFileSync('find', [join(site.root, '.git'), '-uid', '0']).toString(), '');
  });

  it('takes any name there is', async (t) => {
    const site = gitSite(t);
    for (const name of ['-leading', 'two\nlines', 'quo"te', ':(top)x', ' blank '])
      site.write(name, 'x\n');
    writeFileSync(Buffer.concat([Buffer.from(`${site.root}/`), Buffer.from([0x66, 0xff])]), 'x\n');
    assert.equal((await commit(site)).result.files, 6);
    site.write('dist/new\nline*', 'x');
    assert.equal((await commit(site, [], 3)).result.refused[0]?.path, 'dist/new\nline*');
  });

  it('stays away while another git holds the index', async (t) => {
    const site = gitSite(t);
    site.write('a.txt', 'two\n');
    writeFileSync(join(site.root, '.git/index.lock'), '');
    const { error } = await commit(site, [], 1);
    assert.equal(error.code, 'E_GIT_BUSY');
    assert.match(error.suggestions.join(), /index\.lock/);
  });

  it('only plans in a dry run', async (t) => {
    const site = gitSite(t);
    site.write('dist/a.js', 'x');
    const { result } = await commit(site, ['--dry-run', '-m', 'm']);
    assert.equal(result.dryRun, true);
    assert.equal(result.refused.length, 1);
    assert.ok(!existsSync(join(site.state, 'locks')));
  });
});
