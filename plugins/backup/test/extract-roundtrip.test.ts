import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, lstatSync, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { silentProgress } from '@om-ops/kit';
import { createArchive } from '../src/archive/archive.ts';
import { extractMembers } from '../src/archive/extract/extract-members.ts';
import { plainCalls } from '../src/archive/posix/posix-plain.ts';
import { TarReader } from '../src/archive/tar/reader.ts';
import { verifyArchive } from '../src/verify/archive.ts';
import { makePlace, restore, tar } from './extract-target.ts';
import { assertSameTree, describeTree, makeAwkwardTree } from './extract-tree.ts';
import { sourceOf } from './reader-compose.ts';

test('what GNU tar archived with everything comes back with everything', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  makeAwkwardTree(tree);
  const before = describeTree(tree);
  for (const [name, options] of Object.entries({
    posix: ['--format=posix', '--xattrs', '--xattrs-include=*', '--acls', '-S'],
    'posix 0.1': [
      '--format=posix',
      '--xattrs',
      '--xattrs-include=*',
      '--acls',
      '-S',
      '--sparse-version=0.1',
    ],
    'posix 0.0': [
      '--format=posix',
      '--xattrs',
      '--xattrs-include=*',
      '--acls',
      '-S',
      '--sparse-version=0.0',
    ],
  })) {
    writeFileSync(place.archive, tar(tree, ...options));
    const target = join(place.base, name);
    const { result, warnings } = await restore({ ...place, target });
    assert.deepEqual(warnings, [], name);
    assert.deepEqual(result.lost, []);
    assertSameTree(describeTree(target), before, name);
    assert.ok(result.hardLinks === 3 && result.fifos === 1 && result.symlinks === 4);
    assert.ok(result.bytes > 3_000_000 && result.bytes < 4_000_000);
  }
});

test('what GNU tar keeps in its own formats comes back', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  makeAwkwardTree(tree);
  const kept = { xattrs: false, timeDigits: 0 };
  // Times before 1970 and after 2242 need base 256, long links as well; ustar has none of it.
  for (const format of ['gnu', 'oldgnu']) {
    writeFileSync(place.archive, tar(tree, `--format=${format}`, '-S'));
    const target = join(place.base, format);
    await restore({ ...place, target });
    assertSameTree(describeTree(target, kept), describeTree(tree, kept), format);
  }
});

test('what bsdtar and Python archived comes back as their own readers bring it back', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  makeAwkwardTree(tree);
  // bsdtar writes -1.5 as -2.5.
  execFileSync('touch', ['-d', '1969-12-31 23:59:58 UTC', join(tree, 'big.bin')]);
  writeFileSync(
    place.archive,
    execFileSync('bsdtar', ['-czf', '-', '--format=pax', '-C', tree, '.'], { maxBuffer: 1e9 }),
  );
  const target = join(place.base, 'bsdtar');
  const { warnings } = await restore({ ...place, target });
  assert.deepEqual(warnings, []);
  assertSameTree(describeTree(target), describeTree(tree));

  // Python has times in floating-point seconds, and hard links for regular files only.
  unlinkSync(join(tree, 'folder/dangling too'));
  execFileSync('find', [
    tree,
    '-exec',
    'touch',
    '-h',
    '-d',
    '2020-01-01 00:00:00.5 UTC',
    '{}',
    '+',
  ]);
  for (const format of ['PAX', 'GNU']) {
    const program = `import tarfile
t = tarfile.open(${JSON.stringify(place.archive)}, 'w:gz', format=tarfile.${format}_FORMAT)
t.add(${JSON.stringify(tree)}, arcname='.')
t.close()`;
    execFileSync('python3', ['-c', program]);
    const python = join(place.base, format);
    await restore({ ...place, target: python });
    const kept = { xattrs: false, holes: false, timeDigits: format === 'PAX' ? 9 : 0 };
    assertSameTree(describeTree(python, kept), describeTree(tree, kept), format);
  }
});

test('what we archived comes back, and proves good', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  makeAwkwardTree(tree);
  const output = openSync(place.archive, 'w');
  const totals = await createArchive({
    source: tree,
    exclude: [],
    output,
    progress: silentProgress(),
  });
  closeSync(output);
  const verified = await verifyArchive(place.archive, {
    expectedSha256: totals.sha256,
    expectedFiles: totals.files,
    progress: silentProgress(),
  });
  assert.deepEqual(verified.problems, []);
  assert.equal(verified.directories, totals.directories);
  const { warnings } = await restore(place);
  assert.deepEqual(warnings, []);
  const { fifo: _fifo, ...expected } = describeTree(tree);
  assertSameTree(describeTree(place.target), expected);
});

test('without native calls a restore lacks attributes, and says so', (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  makeAwkwardTree(tree);
  const archived = gunzipSync(tar(tree, '--format=posix', '--xattrs', '--acls', '-S'));
  mkdirSync(place.target);
  const rootFd = openSync(place.target, 'r');
  const { lost, missing } = extractMembers({
    reader: new TarReader(sourceOf(archived)),
    archive: 'test',
    target: place.target,
    rootFd,
    only: [],
    linkSources: [],
    userId: process.geteuid?.() ?? 0,
    groupId: process.getegid?.() ?? 0,
    groups: [],
    umask: process.umask(),
    posix: plainCalls('no koffi'),
  });
  closeSync(rootFd);
  assert.equal(missing, 'no koffi');
  assert.ok(lost.xattr && lost.acl && lost.fifo?.count === 1);
  const kept = { xattrs: false, times: false };
  const {
    fifo: _fifo,
    // Node has no times before 1970.
    'big.bin': _before1970,
    'another-big.bin': _too,
    'plain.txt': _acl,
    'folder/hard link': _link,
    folder: _folder,
    ...expected
  } = describeTree(tree, kept);
  const found = describeTree(place.target, kept);
  assertSameTree(
    Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]])),
    expected,
  );
  for (const name of Object.keys(expected)) {
    const [was, is] = [tree, place.target].map(
      (root) => lstatSync(Buffer.from(`${root}/${name}`, 'latin1'), { bigint: true }).mtimeNs,
    ) as [bigint, bigint];
    // What a double holds of a time, cut to microseconds.
    assert.ok(was - is < 2_000n && is - was < 2_000n, `${name}: ${was} came back as ${is}`);
  }
});

test('a path far longer than the system takes in one piece', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  mkdirSync(tree);
  execFileSync(
    'bash',
    [
      '-c',
      `for i in $(seq 60); do mkdir ${'d'.repeat(100)}; cd ${'d'.repeat(100)}; done
     echo deep > file; ln file link; touch -d '2001-01-01 UTC' file .`,
    ],
    { cwd: tree },
  );
  execFileSync('tar', ['-czf', place.archive, '--format=posix', '-C', tree, '.']);
  const { result } = await restore(place);
  assert.equal(result.directories, 61);
  const found = execFileSync(
    'bash',
    ['-c', `for i in $(seq 60); do cd ${'d'.repeat(100)}; done; cat file; stat -c '%h %Y' file .`],
    { cwd: place.target },
  );
  assert.match(found.toString(), /^deep\n2 978307200\n2 978307200\n$/);
});

test('members out of order: files before their folders, folders twice, a file that came twice', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  mkdirSync(tree);
  execFileSync(
    'bash',
    [
      '-c',
      `mkdir -p a/b; echo 1 > a/b/one; echo 2 > a/two; echo 3 > three; chmod 755 a; chmod 700 a/b
     touch -d '2011-01-01 UTC' a/b; touch -d '2012-01-01 UTC' a
     tar --format=posix --no-recursion -cf ../t.tar a/b/one three a/b a a/two a/b/one; echo new > three
     tar --format=posix -rf ../t.tar three; gzip -c ../t.tar > ${place.archive}`,
    ],
    { cwd: tree },
  );
  await restore(place);
  const { '.': _root, ...found } = describeTree(place.target);
  const { '.': _tree, ...expected } = describeTree(tree);
  assertSameTree(found, expected);
});
