import assert from 'node:assert/strict';
import { linkSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { largestBy, Top } from '../src/inventory/top.ts';
import {
  dayMs,
  du,
  folderPaths,
  inventoryOf,
  makeAwkwardTree,
  setAge,
  writeFiles,
} from './tree-fixture.ts';

test('totals are those of du, and of every folder alone too, hard links and all', async (context) => {
  const folder = temporaryFolder(context);
  makeAwkwardTree(folder);
  const { totals, largestDirectories, tree, sums } = await inventoryOf(folder);
  assert.deepEqual([totals.bytes], du([folder], '--apparent-size'));
  assert.deepEqual([totals.diskBytes], du([folder]));
  const folders = folderPaths(tree);
  assert.deepEqual([...sums.bytes], du(folders, '--apparent-size'));
  assert.deepEqual([...sums.diskBytes], du(folders));
  assert.equal(largestDirectories.length, folders.length);
  assert.equal(largestDirectories[0]!.path, folder);
});

test('what is counted is what find counts', async (context) => {
  const folder = temporaryFolder(context);
  makeAwkwardTree(folder);
  const { totals } = await inventoryOf(folder);
  assert.deepEqual(
    {
      files: totals.files,
      symlinks: totals.symlinks,
      others: totals.others,
      hardLinks: totals.hardLinks,
    },
    { files: 21, symlinks: 3, others: 1, hardLinks: 4 },
  );
  assert.equal(totals.directories, 13);
});

test('bytes can be taken apart: folders on one side, files and links on the other', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'a/b': 1000, 'a/c': 24 });
  symlinkSync('twelve-bytes', join(folder, 'link'));
  const { totals, sums, tree } = await inventoryOf(folder);
  assert.equal(totals.fileBytes, 1000 + 24 + 12);
  assert.equal(
    totals.bytes - totals.fileBytes,
    tree.folders.size.reduce((a, b) => a + b, 0),
  );
  assert.equal(sums.files[0], 2);
});

test('reclaimable is what removing would free', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'in/own': 8192, 'in/shared': 8192, 'in/a/pair': 4096, 'out/x': 1 });
  linkSync(join(folder, 'in/shared'), join(folder, 'out/shared'));
  mkdirSync(join(folder, 'in/b'));
  linkSync(join(folder, 'in/a/pair'), join(folder, 'in/b/pair'));
  const { largestDirectories, totals } = await inventoryOf(join(folder, 'in'));
  const of = (path: string) =>
    largestDirectories.find((row) => row.path === join(folder, 'in', path))!.reclaimableBytes;
  const [before] = du([folder]);
  // pair goes with both folders that have it and with neither alone.
  const own = (path: string) => du([join(folder, path)])[0]! - 4096;
  assert.equal(of('a'), own('in/a'));
  assert.equal(of('b'), own('in/b'));
  assert.equal(totals.reclaimableBytes, totals.diskBytes - 8192);
  rmSync(join(folder, 'in'), { recursive: true });
  assert.equal(before! - du([folder])[0]!, totals.reclaimableBytes);
});

test('types are by extension, whatever its case, and dotfiles have none', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'a.JS': 10,
    'b.js': 20,
    '.env': 5,
    Makefile: 7,
    'c.tar.gz': 100,
    'd.': 1,
    'sp.a ce': 2,
    '.x.js': 3,
  });
  const { types } = await inventoryOf(folder);
  assert.deepEqual(types, [
    { extension: '.gz', files: 1, bytes: 100 },
    { extension: '.js', files: 3, bytes: 33 },
    { extension: '', files: 2, bytes: 12 },
    { extension: '.a ce', files: 1, bytes: 2 },
    { extension: '.', files: 1, bytes: 1 },
  ]);
});

test('recent and stale are by the day, and a file with two names weighs once', async (context) => {
  const folder = temporaryFolder(context);
  const now = new Date();
  const ages = { now: 0, hours: 0.9, days: 5, weeks: 20, old: 200, older: 400 };
  for (const [name, days] of Object.entries(ages)) {
    writeFiles(folder, { [name]: 100 });
    setAge(join(folder, name), days, now);
  }
  writeFiles(folder, { future: 100 });
  setAge(join(folder, 'future'), -3, now);
  linkSync(join(folder, 'older'), join(folder, 'older-too'));
  const { recent, recentFiles, stale } = await inventoryOf(folder, { now });
  assert.deepEqual(recent, {
    '24h': { files: 3, bytes: 300 },
    '7d': { files: 4, bytes: 400 },
    '30d': { files: 5, bytes: 500 },
  });
  const names = (rows: { path: string }[]) => rows.map(({ path }) => path.slice(folder.length + 1));
  assert.deepEqual(names(recentFiles), ['future', 'now', 'hours', 'days', 'weeks']);
  assert.deepEqual([stale.days, stale.files, stale.bytes], [180, 3, 200]);
  assert.deepEqual(names(stale.oldest), ['older', 'older-too', 'old']);
  assert.deepEqual(names(stale.largest), ['old', 'older']);
  assert.equal(
    Date.parse(stale.oldest[0]!.modified!),
    Math.floor((now.getTime() - 400 * dayMs) / 1),
  );
});

test('lists are cut, and it is said', async (context) => {
  const folder = temporaryFolder(context);
  for (let at = 0; at < 30; at += 1) writeFiles(folder, { [`d${at}/f`]: at });
  const { largestFiles, largestDirectories, capped } = await inventoryOf(folder, { listed: 5 });
  assert.deepEqual(
    largestFiles.map(({ bytes }) => bytes),
    [29, 28, 27, 26, 25],
  );
  assert.equal(largestDirectories.length, 5);
  assert.deepEqual(capped, [
    { key: 'largestFiles', shown: 5, total: 30 },
    { key: 'largestDirectories', shown: 5, total: 31 },
    { key: 'recentFiles', shown: 5, total: 30 },
  ]);
});

test('an empty folder has an inventory', async (context) => {
  const folder = temporaryFolder(context);
  const { totals, types, largestFiles } = await inventoryOf(folder);
  assert.deepEqual([totals.files, totals.directories, types, largestFiles], [0, 1, [], []]);
});

test('the first of many are those a sort puts first', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 })),
      fc.integer({ min: 0, max: 12 }),
      (values, limit) => {
        const isBefore = (one: number, another: number) =>
          values[one] === values[another] ? one < another : values[one]! > values[another]!;
        const top = new Top(limit, isBefore);
        const items = values.map((_, item) => item);
        for (const item of items) top.offer(item);
        const sorted = items.toSorted((one, another) => (isBefore(one, another) ? -1 : 1));
        assert.deepEqual(top.sorted(), sorted.slice(0, limit));
        const largest = largestBy(
          items,
          limit,
          (item) => values[item]!,
          (one, another) => one < another,
        );
        assert.deepEqual(largest, sorted.slice(0, limit));
      },
    ),
  );
});
