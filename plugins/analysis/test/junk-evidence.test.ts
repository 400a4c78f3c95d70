import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { ProcessUses } from '../src/junk/in-use.ts';
import { reportJunk } from '../src/junk/junk.ts';
import { itemAt, junkOf, noUses } from './junk-fixture.ts';
import { inventoryOf, writeFiles } from './tree-fixture.ts';

const git = (folder: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args],
    { stdio: 'pipe' },
  );

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
    { largeBytes: 1e6, now: new Date(), openPaths: async () => noUses },
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
    'app/dist/a': 'x',
    'app/packages/kit/dist/a': 'x',
  });
  const openPaths = (program: string) => async (): Promise<ProcessUses> => ({
    ...noUses,
    paths: [{ path: join(folder, 'app/server/index.js'), pid: 7, program }],
  });
  const used = async (program: string) =>
    (await junkOf(folder, { openPaths: openPaths(program) })).junk.items
      .filter(({ inUse }) => inUse)
      .map(({ path }) => path.slice(folder.length + 1));
  assert.deepEqual((await used('node')).sort(), ['app/.venv', 'app/dist', 'app/node_modules']);
  assert.deepEqual(await used('bash'), []);
});
