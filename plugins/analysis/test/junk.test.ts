import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { itemAt, junkOf } from './junk-fixture.ts';
import { du, setAge, writeFiles } from './tree-fixture.ts';

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
