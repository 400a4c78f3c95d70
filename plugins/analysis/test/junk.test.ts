import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, linkSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { JunkItem } from '../src/analysis.ts';
import type { OpenPath } from '../src/junk/in-use.ts';
import { type JunkOptions, type JunkReport, reportJunk } from '../src/junk/junk.ts';
import { du, inventoryOf, setAge, writeFiles } from './tree-fixture.ts';

async function junkOf(folder: string, options: Partial<JunkOptions> = {}): Promise<JunkReport> {
  const { tree, ...inventory } = await inventoryOf(folder);
  return reportJunk(
    tree,
    inventory,
    {
      largeBytes: 1_000_000,
      now: new Date(),
      tracked: async () => false,
      openPaths: async () => [],
      ...options,
    },
    silentProgress(),
  );
}

function itemAt({ junk }: JunkReport, path: string): JunkItem {
  const item = junk.items.find((each) => each.path === path);
  assert.ok(item, `${path} is junk`);
  return item;
}

const git = (folder: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args],
    { stdio: 'pipe' },
  );

test('every category of junk is found by its name', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'web/node_modules/a/index.js': 'x',
    'web/dist/a.js': 'x',
    'web/build/a.js': 'x',
    'web/.vite/a': 'x',
    'web/.cache/a': 'x',
    'web/.tmp/a': 'x',
    '_cursor_session_backup/a': 'x',
    '.venv/a': 'x',
    '.venv_image/a': 'x',
    'logs/a.txt': 'x',
    'web/.git/HEAD': 'x',
    'web/coverage/lcov.info': 'x',
    'web/error.log': 'x',
    'web/ERROR2.LOG': 'x',
    'large.bin': 1_000_001,
    'just-not.bin': 1_000_000,
    'site.tar.gz': 'x',
    'site.TGZ': 'x',
    'site.tar': 'x',
    'old.zip': 'x',
    'dump.sql.gz': 'x',
    'distribution/a.js': 'x',
    'builds/a.js': 'x',
    'src/catalog/a.js': 'x',
    changelog: 'x',
    'my.logs/a': 'x',
  });
  const { junk } = await junkOf(folder);
  const found = junk.items.map(
    ({ category, path }) => `${category} ${path.slice(folder.length + 1)}`,
  );
  assert.deepEqual(found.sort(), [
    '.cache web/.cache',
    '.git web/.git',
    '.log web/ERROR2.LOG',
    '.log web/error.log',
    '.tmp web/.tmp',
    '.venv .venv',
    '.venv .venv_image',
    '.vite web/.vite',
    '_cursor_session_backup _cursor_session_backup',
    'backup-archive old.zip',
    'backup-archive site.TGZ',
    'backup-archive site.tar',
    'backup-archive site.tar.gz',
    'build web/build',
    'coverage web/coverage',
    'dist web/dist',
    'large-file large.bin',
    'logs logs',
    'node_modules web/node_modules',
  ]);
  assert.equal(
    junk.categories.reduce((total, { items }) => total + items, 0),
    junk.items.length,
  );
  assert.equal(
    junk.categories.reduce((total, { bytes }) => total + bytes, 0),
    junk.bytes,
  );
});

test('junk in junk belongs to the outermost and is counted once', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'app/node_modules/p/node_modules/q/dist/a.js': 3000,
    'app/node_modules/p/debug.log': 500,
    'app/node_modules/p/huge.bin': 2_000_000,
    'app/src/a.js': 10,
  });
  const { junk } = await junkOf(folder);
  assert.deepEqual(
    junk.items.map(({ path }) => path),
    [join(folder, 'app/node_modules')],
  );
  assert.equal(junk.bytes, du([join(folder, 'app/node_modules')], '--apparent-size')[0]);
  assert.equal(junk.items[0]!.files, 3);
});

test('hard links between junk are counted once, and free what only all of it holds', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'a/node_modules/x': 8192,
    'b/dist/own': 4096,
    'keep/y': 8192,
    'z.log': 4096,
  });
  linkSync(join(folder, 'a/node_modules/x'), join(folder, 'b/dist/x'));
  linkSync(join(folder, 'keep/y'), join(folder, 'b/dist/y'));
  linkSync(join(folder, 'z.log'), join(folder, 'z2.log'));
  const { junk } = await junkOf(folder);
  const folders = [join(folder, 'a/node_modules'), join(folder, 'b/dist')];
  const printed = execFileSync(
    'du',
    ['-csb', ...folders, join(folder, 'z.log'), join(folder, 'z2.log')],
    { encoding: 'utf8' },
  );
  assert.equal(junk.bytes, Number(printed.trim().split('\n').at(-1)!.split('\t')[0]));
  // x and z go only with all of the junk, y not even then.
  const items = junk.items.reduce((total, { reclaimableBytes }) => total + reclaimableBytes, 0);
  assert.equal(junk.reclaimableBytes - items, 8192 + 4096);
  assert.equal(junk.diskBytes - junk.reclaimableBytes, 8192);
  const shared = junk.items.find(({ path }) => path.endsWith('b/dist'))!;
  assert.ok(shared.evidence.includes('shares files with other places by hard links'));
});

test('what lies beside and in it is evidence', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'web/package.json': '{}',
    'web/pnpm-lock.yaml': '',
    'web/src/a.ts': '',
    'web/node_modules/.modules.yaml': '',
    'web/dist/a.js': 'x',
    'py/requirements.txt': '',
    'py/.venv/pyvenv.cfg': 'x',
    'py/coverage/lcov.info': 'x',
    'bare/node_modules/a/package.json': 'x',
  });
  for (const path of ['web/dist/a.js']) setAge(join(folder, path), 12.5);
  const found = await junkOf(folder);
  const evidence = (path: string) => itemAt(found, join(folder, path)).evidence.toSorted();
  assert.deepEqual(evidence('web/node_modules'), [
    '.modules.yaml in it',
    'newest file modified today',
    'package.json beside it',
    'pnpm-lock.yaml beside it',
  ]);
  assert.deepEqual(evidence('web/dist'), [
    'newest file modified 12 days ago',
    'package.json beside it',
    'pnpm-lock.yaml beside it',
    'source folders beside it',
  ]);
  assert.deepEqual(evidence('py/.venv'), [
    'newest file modified today',
    'pyvenv.cfg in it',
    'requirements.txt beside it',
  ]);
  assert.deepEqual(evidence('bare/node_modules'), ['newest file modified today']);
});

test('git is asked what it tracks, once for each repository', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    '.gitignore': 'node_modules\n*.log\n',
    'dist/kept.js': 'x',
    'dist/also/kept.js': 'x',
    'build/new.js': 'x',
    'node_modules/a.js': 'x',
    'app.log': 'x',
    'tracked.zip': 'x',
    'inner/dist/a.js': 'x',
    'inner/coverage/b': 'x',
  });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/dist/caf`), Buffer.from([0xe9])]), 'x');
  git(folder, 'init', '-q');
  git(folder, 'add', 'dist', 'tracked.zip', '.gitignore');
  git(folder, 'commit', '-qm', 'x');
  git(join(folder, 'inner'), 'init', '-q');
  git(join(folder, 'inner'), 'add', 'dist');
  const { tree, ...inventory } = await inventoryOf(folder);
  const found = await reportJunk(
    tree,
    inventory,
    { largeBytes: 1e6, now: new Date(), openPaths: async () => [] },
    silentProgress(),
  );
  const said = Object.fromEntries(
    found.junk.items.map(({ path, tracked }) => [path.slice(folder.length + 1), tracked]),
  );
  assert.deepEqual(said, {
    dist: 'yes',
    build: 'no',
    node_modules: 'no',
    'app.log': 'no',
    'tracked.zip': 'yes',
    'inner/dist': 'yes',
    'inner/coverage': 'no',
    '.git': undefined,
    'inner/.git': undefined,
  });
  assert.ok(itemAt(found, join(folder, 'dist')).evidence.includes('tracked by git (3 files)'));
});

test('a repository above the analysed folder counts, and one that says nothing leaves it unknown', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'web/dist/a.js': 'x',
    'broken/.git': 'gitdir: nowhere',
    'broken/dist/a': 'x',
  });
  git(folder, 'init', '-q');
  git(folder, 'add', 'web');
  const asked: string[] = [];
  const found = await junkOf(join(folder, 'web'), {
    tracked: async (repository, onPath) => {
      asked.push(repository);
      onPath('web/dist/a.js');
      onPath('web/distance/b.js');
      return true;
    },
  });
  assert.deepEqual(asked, [folder]);
  assert.equal(itemAt(found, join(folder, 'web/dist')).tracked, 'yes');
  const { tree, ...inventory } = await inventoryOf(join(folder, 'broken'));
  const { junk } = await reportJunk(
    tree,
    inventory,
    { largeBytes: 1e6, now: new Date() },
    silentProgress(),
  );
  assert.equal(junk.items.find(({ path }) => path.endsWith('dist'))!.tracked, 'unknown');
});

test('a repository’s settings start nothing', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'dist/a': 'x' });
  git(folder, 'init', '-q');
  git(folder, 'add', 'dist');
  git(folder, 'config', 'core.fsmonitor', `touch ${folder}/started; false`);
  git(folder, 'config', 'core.pager', `touch ${folder}/started`);
  const { tree, ...inventory } = await inventoryOf(folder);
  const { junk } = await reportJunk(
    tree,
    inventory,
    { largeBytes: 1e6, now: new Date() },
    silentProgress(),
  );
  assert.equal(junk.items.find(({ path }) => path.endsWith('dist'))!.tracked, 'yes');
  assert.equal(existsSync(join(folder, 'started')), false);
});

test('a running process shows in the evidence', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'app/node_modules/a': 'x',
    'app/dist/server.js': 'x',
    'app/out.log': 'x',
    'app/idle.log': 'x',
  });
  const log = openSync(join(folder, 'app/out.log'), 'a');
  const child = spawn('sleep', ['60'], {
    cwd: join(folder, 'app/dist'),
    stdio: ['ignore', log, 'ignore'],
  });
  closeSync(log);
  context.after(() => {
    child.kill();
  });
  await new Promise((resolve) => child.once('spawn', resolve));
  const { tree, ...inventory } = await inventoryOf(folder);
  const found = await reportJunk(
    tree,
    inventory,
    { largeBytes: 1e6, now: new Date(), tracked: async () => false },
    silentProgress(),
  );
  const inUse = (path: string) => itemAt(found, join(folder, path)).inUse === true;
  assert.deepEqual(
    [inUse('app/dist'), inUse('app/out.log'), inUse('app/idle.log')],
    [true, true, false],
  );
  assert.ok(
    itemAt(found, join(folder, 'app/out.log')).evidence.includes(
      `in use by sleep (pid ${child.pid})`,
    ),
  );
});

test('a program that runs beside its packages uses them', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'app/node_modules/a': 'x',
    'other/node_modules/a': 'x',
    'app/.venv/a': 'x',
  });
  const openPaths = (program: string) => async (): Promise<OpenPath[]> => [
    { path: join(folder, 'app/server/index.js'), pid: 7, program },
  ];
  const used = async (program: string) =>
    (await junkOf(folder, { openPaths: openPaths(program) })).junk.items
      .filter(({ inUse }) => inUse)
      .map(({ path }) => path.slice(folder.length + 1));
  assert.deepEqual((await used('node')).sort(), ['app/.venv', 'app/node_modules']);
  assert.deepEqual(await used('bash'), []);
});

test('repositories and package stores in junk are known', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'a/_cursor_session_backup/copy/.git/HEAD': 'x',
    'b/dist/sub/.git': 'gitdir: elsewhere',
    'c/.cache/pnpm-store/v10/files/00/abc': 'x',
    'd/.pnpm-store/v3/files/ff/node_modules/e': 'x',
    'e/dist/plain': 'x',
  });
  mkdirSync(join(folder, 'e/v1/files'), { recursive: true });
  const { items, stores } = await junkOf(folder);
  const facts = (name: string) =>
    items.find(({ item }) => item.path.startsWith(join(folder, name)))!.facts;
  assert.equal(facts('a').holdsRepository, true);
  assert.equal(facts('b').holdsRepository, true);
  assert.equal(facts('c').holdsStore, true);
  assert.equal(facts('d').holdsStore, true);
  assert.deepEqual([facts('e').holdsRepository, facts('e').holdsStore], [false, false]);
  assert.deepEqual(stores.map((path) => path.slice(folder.length + 1)).sort(), [
    'c/.cache/pnpm-store/v10',
    'd/.pnpm-store',
    'd/.pnpm-store/v3',
  ]);
});
