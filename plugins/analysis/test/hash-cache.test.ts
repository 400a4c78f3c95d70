import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { Duplicates } from '../src/analysis.ts';
import { HashCache } from '../src/duplicates/cache.ts';
import { findDuplicates } from '../src/duplicates/duplicates.ts';
import { emptyHashes, type HashColumns, readHashes } from '../src/duplicates/hash-file.ts';
import { dayMs, inventoryOf, noise, writeFiles } from './tree-fixture.ts';

const later = (): Date => new Date(Date.now() + 10_000);

async function hashed(folder: string, cachePath: string, now = later()): Promise<Duplicates> {
  const { tree, links } = await inventoryOf(folder);
  const options = { mode: 'full', maxHashMb: 20, now, cachePath } as const;
  return (await findDuplicates(tree, links, options, silentProgress())).duplicates;
}

function makeTree(folder: string): void {
  for (const copy of ['one', 'two', 'three'])
    writeFiles(folder, {
      [`tree/${copy}/small`]: 'small',
      [`tree/${copy}/medium`]: 'm'.repeat(20_000),
    });
  writeFileSync(join(folder, 'tree/same-size'), noise(20_000, 'other'));
}

test('an unchanged tree is not read again, and the groups are the same', async (context) => {
  const folder = temporaryFolder(context);
  makeTree(folder);
  const cache = join(folder, 'state/analysis/hashes.bin');
  const first = await hashed(join(folder, 'tree'), cache);
  assert.deepEqual([first.hashes!.fromCache, first.groupCount], [0, 2]);
  assert.ok(first.hashes!.read >= 7);
  assert.equal(statSync(cache).mode & 0o777, 0o600);
  const written = statSync(cache).mtimeMs;
  const second = await hashed(join(folder, 'tree'), cache);
  assert.deepEqual(second.hashes, { read: 0, fromCache: 7, bytesRead: 0 });
  assert.deepEqual(second.groups, first.groups);
  assert.equal(statSync(cache).mtimeMs, written, 'nothing new, nothing written');
});

test('only what changed is read again, even with its size and time put back', async (context) => {
  const folder = temporaryFolder(context);
  makeTree(folder);
  const cache = join(folder, 'hashes.bin');
  await hashed(join(folder, 'tree'), cache);
  const path = join(folder, 'tree/two/medium');
  const { atime, mtime } = statSync(path);
  writeFileSync(path, `${'m'.repeat(10_000)}X${'m'.repeat(9999)}`);
  utimesSync(path, atime, mtime);
  const second = await hashed(join(folder, 'tree'), cache);
  // Its last bytes and then all of it.
  assert.deepEqual(second.hashes, { read: 2, fromCache: 6, bytesRead: 512 + 20_000 });
  assert.deepEqual(
    second.groups.map(({ paths }) => paths.length),
    [2, 3],
  );
  for (const { hash, paths } of second.groups)
    for (const each of paths)
      assert.equal(createHash('sha256').update(readFileSync(each)).digest('hex'), hash);
});

test('large files with the same end are told apart, and what comes later is found by its end', async (context) => {
  const folder = temporaryFolder(context);
  const cache = join(folder, 'hashes.bin');
  const [body, middle, end] = [noise(30_000, 'body'), noise(5000, 'middle'), 'e'.repeat(600)];
  const other = noise(30_000, 'other');
  writeFiles(folder, {
    'tree/a/first': Buffer.concat([body, middle, Buffer.from(end)]),
    'tree/b/beginning-differs': Buffer.concat([other, middle, Buffer.from(end)]),
    'tree/c/middle-differs': Buffer.concat([body.subarray(0, 20_000), noise(15_600, 'mid')]),
    'tree/d/end-differs': Buffer.concat([body, middle, noise(600, 'end')]),
  });
  // The same at both ends as the first, and not between them.
  const damaged = Buffer.concat([body, middle, Buffer.from(end)]);
  damaged[18_000]! ^= 1;
  writeFiles(folder, { 'tree/e/damaged': damaged });
  const tree = join(folder, 'tree');
  assert.deepEqual((await hashed(tree, cache)).groups, []);
  writeFiles(folder, {
    'tree/f/late-twin-of-the-first': Buffer.concat([body, middle, Buffer.from(end)]),
    'tree/g/late-twin-of-d': readFileSync(join(tree, 'd/end-differs')),
    'tree/h/end-differs': readFileSync(join(tree, 'b/beginning-differs')),
  });
  for (const round of ['new', 'known']) {
    const { groups } = await hashed(tree, cache);
    assert.deepEqual(
      groups.map(({ paths }) => paths.map((path) => path.slice(tree.length + 1)).join(' ')).sort(),
      [
        'a/first f/late-twin-of-the-first',
        'b/beginning-differs h/end-differs',
        'd/end-differs g/late-twin-of-d',
      ],
      round,
    );
  }
});

test('a file that has only just changed is not remembered', async (context) => {
  const folder = temporaryFolder(context);
  makeTree(folder);
  const cache = join(folder, 'hashes.bin');
  await hashed(join(folder, 'tree'), cache, new Date(Date.now() - 1000));
  assert.equal(existsSync(cache), false);
});

test('damage of any kind costs time and nothing else', async (context) => {
  const folder = temporaryFolder(context);
  makeTree(folder);
  const cache = join(folder, 'hashes.bin');
  const first = await hashed(join(folder, 'tree'), cache);
  const whole = readFileSync(cache);
  const damages: (() => void)[] = [
    () => writeFileSync(cache, ''),
    () => writeFileSync(cache, 'not a cache at all, but longer than its header'),
    () => truncateSync(cache, whole.length - 7),
    () => writeFileSync(cache, Buffer.concat([whole, Buffer.from('x')])),
    ...[0, 9, 13, 17, 40, Math.floor(whole.length / 2), whole.length - 1].map((at) => () => {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      writeFileSync(cache, damaged);
    }),
  ];
  for (const damage of damages) {
    damage();
    assert.equal(readHashes(cache), undefined);
    const found = await hashed(join(folder, 'tree'), cache);
    assert.equal(found.hashes!.fromCache, 0);
    assert.deepEqual(found.groups, first.groups);
    assert.ok(readHashes(cache), 'and it is made anew');
  }
});

test('a cache that cannot be written is a warning', async (context) => {
  const folder = temporaryFolder(context);
  makeTree(folder);
  writeFileSync(join(folder, 'file'), '');
  const { tree, links } = await inventoryOf(join(folder, 'tree'));
  const warnings: string[] = [];
  const progress = { ...silentProgress(), warn: (message: string) => warnings.push(message) };
  const options = {
    mode: 'full',
    maxHashMb: 20,
    now: later(),
    cachePath: join(folder, 'file/hashes.bin'),
  } as const;
  const { duplicates } = await findDuplicates(tree, links, options, progress);
  assert.equal(duplicates.groupCount, 2);
  assert.equal(warnings.length, 1);
});

function filesOf(inodes: readonly number[], device = '1.0', size = 10): HashColumns {
  const files = emptyHashes(inodes.length, [device]);
  for (const [row, inode] of inodes.entries()) {
    files.inode[row] = inode;
    files.size[row] = size;
    files.isWhole[row] = 1;
    files.digest.fill(inode % 251, row * 32, row * 32 + 32);
  }
  return files;
}

const begin = new Date('2026-11-01T00:00:00Z');
const after = (days: number): Date => new Date(begin.getTime() + days * dayMs);
function save(path: string, files: HashColumns, now: Date, rows?: number): Promise<void> {
  const cache = new HashCache(path, rows);
  cache.fill(files, now);
  files.isWhole.fill(1);
  return cache.save(files, now, now.getTime());
}

function inodesIn(path: string): number[] {
  return [...readHashes(path)!.inode].sort((one, another) => one - another);
}

test('runs over several trees keep each other’s hashes, and two at once do', async (context) => {
  const cache = join(temporaryFolder(context), 'hashes.bin');
  await save(cache, filesOf([1, 2]), begin);
  await save(cache, filesOf([3]), begin);
  assert.deepEqual(inodesIn(cache), [1, 2, 3]);
  const slow = new HashCache(cache);
  await save(cache, filesOf([4], '2.0'), begin);
  await slow.save(filesOf([4], '1.0', 20), begin, begin.getTime());
  assert.deepEqual(inodesIn(cache), [1, 2, 3, 4, 4]);
  const wanted = filesOf([4, 4, 4]);
  wanted.devices = ['1.0', '2.0', '3.0'];
  wanted.device.set([0, 1, 2]);
  wanted.size.set([20, 10, 10]);
  wanted.isWhole.fill(0);
  new HashCache(cache).fill(wanted, begin);
  assert.deepEqual([...wanted.isWhole], [1, 1, 0]);
});

test('a file in a new state takes the place of its old one', async (context) => {
  const cache = join(temporaryFolder(context), 'hashes.bin');
  await save(cache, filesOf([1, 2]), begin);
  await save(cache, filesOf([1], '1.0', 99), begin);
  assert.deepEqual(inodesIn(cache), [1, 2]);
  assert.deepEqual([...readHashes(cache)!.size].sort(), [10, 99]);
});

test('what was of no use for long is forgotten, and there is a limit', async (context) => {
  const cache = join(temporaryFolder(context), 'hashes.bin');
  await save(cache, filesOf([1, 2]), begin);
  await save(cache, filesOf([2]), after(30));
  await save(cache, filesOf([3]), after(70));
  assert.deepEqual(inodesIn(cache), [2, 3]);
  await save(cache, filesOf([4, 5]), after(71), 3);
  assert.deepEqual(inodesIn(cache), [3, 4, 5], 'of the others the newest stay');
  const files = filesOf([6, 7, 8, 9]);
  files.size.set([5, 50, 40, 60]);
  await save(cache, files, after(72), 3);
  assert.deepEqual(inodesIn(cache), [7, 8, 9], 'of its own the largest stay');
});

test('times of whole seconds are trusted a little later', async (context) => {
  const cache = join(temporaryFolder(context), 'hashes.bin');
  const files = filesOf([1, 2]);
  files.changed.set([begin.getTime() - 1000, begin.getTime() - 999.5]);
  await save(cache, files, begin);
  assert.deepEqual(inodesIn(cache), [2]);
});
