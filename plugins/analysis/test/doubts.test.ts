import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { gitIgnoredPaths, gitTrackedPaths } from '../src/junk/tracked.ts';
import { adviceFor, commandsBelow } from './advice-fixture.ts';
import { noUses } from './junk-fixture.ts';
import { setAge, writeFiles } from './tree-fixture.ts';

const realGit = { tracked: gitTrackedPaths, ignored: gitIgnoredPaths };
const buildable = {
  'package.json': '{"scripts":{"build":"vite build"},"dependencies":{"a":"1"}}',
  'src/a.js': 'x',
};

function git(folder: string, ...args: string[]): void {
  execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' });
}

test('what git tracks is known through a symlink, with .git excluded, and with its variables set', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(join(folder, 'repo/app'), { ...buildable, 'dist/a.js': 'x' });
  git(join(folder, 'repo'), 'init', '-q');
  git(join(folder, 'repo'), 'add', 'app');
  symlinkSync('repo/app', join(folder, 'link'));
  const ask = "git -C '/repo' ls-files -- '/repo/app/dist'";
  const said = async (path: string, exclude: string[] = []) =>
    Object.values(
      commandsBelow(folder, await adviceFor(join(folder, path), { ...realGit, exclude })),
    );
  assert.deepEqual(await said('link'), [ask]);
  assert.deepEqual(await said('repo/app'), [ask]);
  assert.deepEqual(await said('repo', ['.git']), [ask]);
  const [command] = (await adviceFor(join(folder, 'link'), realGit)).map((each) => each.command);
  assert.match(execFileSync('bash', ['-c', command!], { encoding: 'utf8' }), /app\/dist\/a\.js/);
  mkdirSync(join(folder, 'other'));
  git(join(folder, 'other'), 'init', '-q');
  process.env.GIT_DIR = join(folder, 'other/.git');
  try {
    assert.deepEqual(await said('repo'), [ask]);
  } finally {
    delete process.env.GIT_DIR;
  }
});

test('a folder that git does not ignore may be work that was not added yet', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    ...buildable,
    'dist/a.js': 'x',
    'build/mine.js': 'x',
    '.gitignore': 'dist',
  });
  git(folder, 'init', '-q');
  assert.deepEqual(commandsBelow(folder, await adviceFor(folder, realGit)), {
    dist: "rm -rf -- '/dist'",
    build: "rm -ri -- '/build'",
  });
});

test('what was not looked at in full is looked at first', async (context) => {
  const folder = temporaryFolder(context);
  for (const name of ['excluded', 'whole', 'state', 'closed'])
    writeFiles(join(folder, name), { ...buildable, 'node_modules/a/index.js': 'x' });
  writeFiles(folder, {
    'excluded/node_modules/keep/a': 'x',
    'state/node_modules/deep/state/a': 'x',
    'closed/node_modules/closed/a': 'x',
  });
  const closed = join(folder, 'closed/node_modules/closed');
  chmodSync(closed, 0);
  const all = await adviceFor(folder, {
    exclude: ['keep'],
    state: join(folder, 'state/node_modules/deep/state'),
  });
  chmodSync(closed, 0o700);
  const commands = commandsBelow(folder, all);
  assert.deepEqual(commands, {
    'excluded/node_modules': "ls -la -- '/excluded/node_modules'",
    'state/node_modules': "ls -la -- '/state/node_modules'",
    'closed/node_modules':
      process.getuid?.() === 0
        ? "rm -rf -- '/closed/node_modules'"
        : "ls -la -- '/closed/node_modules'",
    'whole/node_modules': "rm -rf -- '/whole/node_modules'",
  });
});

test('what holds things that nothing makes again is looked at first', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'strapi/.tmp/data.db': 'x',
    'tmp/.tmp/a': 'x',
    'cache/.cache/puppeteer/chrome/a': 'x',
    'cache2/.cache/http/a.db': 'x',
    'vite/.vite/manifest.json': '{}',
    'vite2/.vite/deps/a.js': 'x',
    'modules/node_modules/a/test.db': 'x',
  });
  for (const [name, file] of Object.entries({
    uploads: 'dist/static/uploads/me.jpg',
    settings: 'dist/.env',
    keys: 'build/tls.key',
    plain: 'dist/assets/a.js',
  }))
    writeFiles(join(folder, name), { ...buildable, [file]: 'x' });
  writeFiles(join(folder, 'modules'), buildable);
  setAge(join(folder, 'strapi/.tmp/data.db'), 3);
  setAge(join(folder, 'tmp/.tmp/a'), 3);
  const commands = commandsBelow(folder, await adviceFor(folder));
  assert.deepEqual(commands, {
    'strapi/.tmp': "ls -la -- '/strapi/.tmp'",
    'tmp/.tmp': "rm -rf -- '/tmp/.tmp'",
    'cache/.cache': "ls -la -- '/cache/.cache'",
    'cache2/.cache': "rm -rf -- '/cache2/.cache'",
    'vite/.vite': "ls -la -- '/vite/.vite'",
    'vite2/.vite': "rm -rf -- '/vite2/.vite'",
    'modules/node_modules': "rm -rf -- '/modules/node_modules'",
    'uploads/dist': "ls -la -- '/uploads/dist'",
    'settings/dist': "ls -la -- '/settings/dist'",
    'keys/build': "ls -la -- '/keys/build'",
    'plain/dist': "rm -rf -- '/plain/dist'",
  });
});

test('what a symlink leads to is looked at first', async (context) => {
  const folder = temporaryFolder(context);
  for (const name of ['whole', 'inside', 'release', 'alone', 'chained'])
    writeFiles(join(folder, name), { ...buildable, 'dist/pages/a.js': 'x' });
  symlinkSync(join(folder, 'whole/dist'), join(folder, 'site'));
  symlinkSync('../inside/dist/pages', join(folder, 'alone/pages'));
  symlinkSync('release', join(folder, 'current'));
  symlinkSync('second', join(folder, 'first'));
  symlinkSync('chained/dist', join(folder, 'second'));
  symlinkSync('alone', join(folder, 'copy'));
  symlinkSync('.', join(folder, 'live'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('loop', join(folder, 'loop'));
  const commands = commandsBelow(folder, await adviceFor(folder));
  assert.deepEqual(commands, {
    'whole/dist': "ls -la -- '/whole/dist'",
    'inside/dist': "ls -la -- '/inside/dist'",
    'release/dist': "ls -la -- '/release/dist'",
    'chained/dist': "ls -la -- '/chained/dist'",
    'alone/dist': "rm -rf -- '/alone/dist'",
  });
});

test('an installed package and a repository’s own folders make no claims', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(join(folder, 'node_modules/a'), { ...buildable, 'dist/a.js': 'x' });
  writeFiles(folder, {
    'bare/objects/a': 'x',
    'bare/refs/a': 'x',
    'bare/logs/HEAD': 'x',
    'work/.git/logs/HEAD': 'x',
  });
  const inside = join(folder, 'node_modules/a');
  const [advice] = await adviceFor(inside);
  assert.equal(advice!.command, `ls -la -- '${inside}/dist'`);
  assert.doesNotMatch(advice!.why, /makes it again/);
  assert.deepEqual(await adviceFor(join(folder, 'bare')), []);
  const [logs] = await adviceFor(join(folder, 'work/.git'));
  assert.match(logs!.command, /^git -C \S+ ls-files/);
});

test('no build, no dependencies and no sources: no promise, and rm asks', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'unscripted/package.json': '{}',
    'unscripted/src/a': 'x',
    'unscripted/dist/a': 'x',
    'unscripted/node_modules/a': 'x',
    'sourceless/package.json': buildable['package.json'],
    'sourceless/dist/a': 'x',
  });
  const all = await adviceFor(folder);
  assert.deepEqual(
    all.map(({ command }) => command.slice(0, 6)),
    ['rm -ri', 'rm -ri', 'rm -ri'],
  );
  for (const { why } of all) assert.doesNotMatch(why, /makes it again\.|brings them back/);
});

test('logs that are data, shared or not only appended to are not emptied', async (context) => {
  const folder = temporaryFolder(context);
  const names = ['000012.log', 'tc.log', 'end.log', 'any.log', 'read.log', 'shared.log'];
  for (const name of names) writeFiles(folder, { [name]: 'x' });
  linkSync(join(folder, 'shared.log'), join(folder, 'snapshot'));
  const open = (name: string, writes?: 'end' | 'anywhere', pid = 7) => ({
    path: join(folder, name),
    pid,
    program: 'server',
    ...(writes === undefined ? {} : { writes }),
  });
  const paths = [
    open('000012.log', 'end'),
    // Whoever reads it first must not hide who writes it.
    open('end.log', undefined, 6),
    open('end.log', 'end'),
    open('any.log', 'anywhere'),
    open('read.log'),
    open('shared.log', 'end'),
  ];
  const all = await adviceFor(folder, { openPaths: async () => ({ ...noUses, paths }) });
  assert.deepEqual(commandsBelow(folder, all), {
    '000012.log': "ls -la -- '/000012.log'",
    'tc.log': "ls -la -- '/tc.log'",
    'end.log': "truncate -s 0 -- '/end.log'",
    'any.log': "ls -la -- '/any.log'",
    'read.log': "ls -la -- '/read.log'",
    'shared.log': "ls -la -- '/shared.log'",
  });
});

test('backups, uploads and files of databases are never offered for removal', async (context) => {
  const folder = temporaryFolder(context);
  const old = [
    'uploads/film.mp4',
    'backups/site.tar.gz',
    'repository/objects/pack/pack-1.pack',
    'base/16384/16397',
    'dump.sql',
    'clip.mp4',
    'site.tar.gz',
  ];
  for (const path of old) {
    writeFiles(folder, { [path]: 1_500_000 });
    setAge(join(folder, path), 900);
  }
  mkdirSync(join(folder, 'empty'));
  const commands = commandsBelow(folder, await adviceFor(folder));
  assert.deepEqual(
    Object.entries(commands)
      .filter(([, command]) => command.startsWith('rm'))
      .map(([path, command]) => [path, command.slice(0, 5)])
      .sort(),
    [
      ['clip.mp4', 'rm -i'],
      ['site.tar.gz', 'rm -i'],
    ],
  );
  assert.equal(Object.keys(commands).length, old.length);
});
