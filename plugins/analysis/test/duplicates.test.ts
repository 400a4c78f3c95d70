import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import type { DedupeMode } from '../src/analysis.ts';
import {
  type DuplicatesOptions,
  type FoundDuplicates,
  findDuplicates,
} from '../src/duplicates/duplicates.ts';
import { Groups } from '../src/groups.ts';
import { pathBytes } from '../src/paths/escape.ts';
import { filePaths, inventoryOf, makeAwkwardTree, noise, writeFiles } from './tree-fixture.ts';

async function duplicatesOf(
  folder: string,
  mode: DedupeMode,
  options: Partial<DuplicatesOptions> = {},
): Promise<FoundDuplicates> {
  const { tree, links } = await inventoryOf(folder);
  const given = { mode, maxHashMb: 20, now: new Date(), ...options };
  return findDuplicates(tree, links, given, silentProgress());
}

/** What fdupes finds, with names in any bytes: groups of sorted paths, sorted. */
function fdupes(folder: string): string[] {
  const printed = execFileSync('fdupes', ['-rnq', folder], { encoding: 'latin1' });
  return printed
    .split('\n\n')
    .filter((group) => group.trim() !== '')
    .map((group) => group.trim().split('\n').sort().join('\n'))
    .sort();
}

function asFdupes({ duplicates }: FoundDuplicates): string[] {
  return duplicates.groups
    .map(({ paths }) =>
      paths
        .map((path) => pathBytes(path).toString('latin1'))
        .sort()
        .join('\n'),
    )
    .sort();
}

/** What a file takes on the disk, in bytes. */
function blocksOf(path: string): number {
  return statSync(path).blocks * 512;
}

/** Files around every size at which the way of comparing changes. */
function writeEdges(folder: string): void {
  const sizes = [
    1, 4095, 4096, 4097, 8191, 8192, 8193, 16_383, 16_384, 16_385, 20_000, 1_048_575, 1_048_576,
    1_048_577, 2_500_000,
  ];
  for (const size of sizes) {
    const same = noise(size, `size ${size}`);
    writeFileSync(join(folder, `${size}-a`), same);
    writeFileSync(join(folder, `${size}-b`), same);
    for (const at of [0, Math.floor(size / 2), size - 1]) {
      const other = Buffer.from(same);
      other[at]! ^= 1;
      writeFileSync(join(folder, `${size}-differs-at-${at}`), other);
    }
    const otherMiddle = Buffer.from(same);
    otherMiddle[Math.floor(size / 2)]! ^= 1;
    writeFileSync(join(folder, `${size}-c`), otherMiddle);
  }
}

test('full mode finds the groups that fdupes finds', async (context) => {
  const folder = temporaryFolder(context);
  // fdupes asks byte by byte; it prints a newline in a name as it is, so names have none here.
  makeAwkwardTree(folder);
  rmSync(join(folder, 'sp ace'), { recursive: true });
  mkdirSync(join(folder, 'edges'));
  writeEdges(join(folder, 'edges'));
  for (const copy of ['one', 'two'])
    writeFiles(folder, {
      [`${copy}/it's $(here)`]: 'same',
      [`${copy}/back\\x41slash`]: 'same too',
      [`${copy}/empty`]: 0,
    });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/one/caf`), Buffer.from([0xe9])]), 'latin');
  const found = await duplicatesOf(folder, 'full');
  assert.deepEqual(asFdupes(found), fdupes(folder));
  const { tree } = await inventoryOf(folder);
  assert.equal(found.duplicates.groupCount, found.duplicates.groups.length);
  for (const { bytes, hash, paths } of found.duplicates.groups)
    for (const path of paths) {
      assert.equal(
        createHash('sha256')
          .update(readFileSync(pathBytes(path)))
          .digest('hex'),
        hash,
      );
      assert.equal(readFileSync(pathBytes(path)).length, bytes);
      assert.ok(filePaths(tree).includes(path));
    }
});

test('hard links are one file and waste nothing', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'a/x': 'same', 'b/x': 'same', 'c/lone': 'lone' });
  linkSync(join(folder, 'a/x'), join(folder, 'b/y'));
  linkSync(join(folder, 'c/lone'), join(folder, 'c/also'));
  symlinkSync('x', join(folder, 'a/link'));
  for (const mode of ['quick', 'full'] as const) {
    const { duplicates } = await duplicatesOf(folder, mode);
    assert.deepEqual(
      duplicates.groups.map(({ bytes, paths, links }) => ({ bytes, paths, links })),
      [
        {
          bytes: 4,
          paths: [join(folder, 'a/x'), join(folder, 'b/x')],
          links: [join(folder, 'b/y')],
        },
      ],
      mode,
    );
    assert.equal(duplicates.wastedBytes, blocksOf(join(folder, 'a/x')));
  }
});

test('quick mode groups by name and size, and most waste comes first', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'a/small': 'abc',
    'b/small': 'xyz',
    'c/small': 'longer',
    'a/big': 5000,
    'b/big': 5000,
    'c/other': 5000,
    'a/empty': '',
    'b/empty': '',
    'a/three': 10,
    'b/three': 10,
    'c/three': 10,
  });
  const { duplicates } = await duplicatesOf(folder, 'quick');
  const paths = (...names: string[]) => names.map((name) => join(folder, name));
  const block = blocksOf(join(folder, 'a/small'));
  const [large, three, small] = [paths('a/big', 'b/big'), 2 * block, block];
  assert.deepEqual(
    duplicates.groups,
    [
      { bytes: 5000, wastedBytes: blocksOf(large[0]!), paths: large },
      { bytes: 10, wastedBytes: three, paths: paths('a/three', 'b/three', 'c/three') },
      { bytes: 3, wastedBytes: small, paths: paths('a/small', 'b/small') },
    ].toSorted((one, another) => another.wastedBytes - one.wastedBytes),
  );
  assert.deepEqual(
    [duplicates.groupCount, duplicates.pathCount, duplicates.wastedBytes],
    [3, 7, blocksOf(large[0]!) + three + small],
  );
});

test('files above the limit are not read, but said', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'x/a': 3_000_000, 'x/b': 3_000_000, 'x/c': 2_999_999, lone: 4_000_000 });
  const { duplicates } = await duplicatesOf(folder, 'full', { maxHashMb: 2 });
  assert.deepEqual(duplicates.groups, []);
  assert.deepEqual(duplicates.notHashed, { files: 2, bytes: 6_000_000 });
  assert.deepEqual(duplicates.hashes, { read: 0, fromCache: 0, bytesRead: 0 });
});

test('what changed or went between the walk and the reading is skipped and named', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    a: 100,
    b: 100,
    gone: 100,
    grown: 100,
    shrunk: 100,
    fifo: 100,
    'big-1': 30_000,
    'big-2': 30_000,
  });
  for (const name of ['a', 'b', 'gone', 'grown', 'shrunk', 'fifo'])
    writeFileSync(join(folder, name), noise(100, 'same'));
  for (const name of ['big-1', 'big-2']) writeFileSync(join(folder, name), noise(30_000, 'same'));
  const { tree, links } = await inventoryOf(folder);
  rmSync(join(folder, 'gone'));
  rmSync(join(folder, 'fifo'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  writeFileSync(join(folder, 'grown'), noise(101, 'same'));
  writeFileSync(join(folder, 'shrunk'), noise(99, 'same'));
  writeFileSync(join(folder, 'big-1'), noise(29_000, 'same'));
  const { duplicates, skipped } = await findDuplicates(
    tree,
    links,
    { mode: 'full', maxHashMb: 20, now: new Date() },
    silentProgress(),
  );
  assert.deepEqual(
    duplicates.groups.map(({ paths }) => paths),
    [[join(folder, 'a'), join(folder, 'b')]],
  );
  assert.deepEqual(
    Object.fromEntries(skipped.map(({ path, reason }) => [path.slice(folder.length + 1), reason])),
    { gone: 'vanished', grown: 'changed', shrunk: 'changed', fifo: 'changed', 'big-1': 'changed' },
  );
});

test('one thread and two find the same, over many files and large ones', async (context) => {
  const folder = temporaryFolder(context);
  for (let file = 0; file < 900; file += 1)
    writeFiles(folder, { [`d${file % 9}/f${file}`]: `content ${file % 250}` });
  for (let file = 0; file < 4; file += 1)
    writeFileSync(join(folder, `large${file}`), noise(3_000_000, `${file % 2}`));
  const seen = await Promise.all(
    [1, 2].map(async (threads) => (await duplicatesOf(folder, 'full', { threads })).duplicates),
  );
  assert.deepEqual(seen[0]!.groups, seen[1]!.groups);
  assert.equal(seen[0]!.groupCount, 252);
  assert.equal(seen[0]!.pathCount, 904);
});

test('an abort ends the hashing', async (context) => {
  const folder = temporaryFolder(context);
  for (let file = 0; file < 4; file += 1) {
    const large = Buffer.alloc(80_000_000, 1);
    large[40_000_000] = file;
    writeFileSync(join(folder, `large${file}`), large);
  }
  const { tree, links } = await inventoryOf(folder);
  const controller = new AbortController();
  let abortedAt = 0;
  const progress = {
    ...silentProgress(),
    signal: controller.signal,
    report: ({ stage, bytes = 0 }: { stage?: string; bytes?: number }) => {
      if (stage !== 'comparing contents' || bytes === 0 || abortedAt > 0) return;
      abortedAt = performance.now();
      controller.abort();
    },
  };
  const finding = findDuplicates(
    tree,
    links,
    { mode: 'full', maxHashMb: 100, now: new Date() },
    progress,
  );
  await assert.rejects(finding, { code: 'E_INTERRUPTED' });
  assert.ok(abortedAt > 0 && performance.now() - abortedAt < 10_000);
});

test('groups are those of a map', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }), (values) => {
      // A poor hash on purpose: many share a slot.
      const groups = new Groups(
        values.length,
        (item) => values[item]! % 5,
        (one, another) => values[one] === values[another],
      );
      for (const item of values.keys()) groups.add(item);
      const expected = Object.values(Object.groupBy(values.keys(), (item) => values[item]!));
      const sorted = (lists: number[][]) => lists.toSorted((one, another) => one[0]! - another[0]!);
      assert.deepEqual(
        sorted(groups.withCompany()),
        sorted(expected.filter((list) => list!.length > 1) as number[][]),
      );
    }),
  );
});
