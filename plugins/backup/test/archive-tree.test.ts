import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { posixCalls } from '../src/archive/posix/posix.ts';
import { extractWithTar, make, makeBench, namesIn, untarred } from './archive-make.ts';
import { assertSameTree, describeTree, isRoot, makeAwkwardTree } from './extract-tree.ts';

test('GNU tar brings back everything of an awkward tree', async (context) => {
  const bench = makeBench(context);
  makeAwkwardTree(bench.tree);
  const socket = createServer().listen(join(bench.tree, 'socket'));
  await new Promise((resolve) => socket.once('listening', resolve));
  const made = await make(bench);
  const before = describeTree(bench.tree);
  socket.close();

  assert.deepEqual(made.warnings, []);
  assert.deepEqual(made.skipped, [
    { path: 'fifo', reason: 'fifo' },
    { path: 'socket', reason: 'socket' },
  ]);
  delete before.fifo;
  delete before.socket;
  const target = join(bench.base, 'target');
  mkdirSync(target);
  extractWithTar(bench.archive, target);
  const after = describeTree(target);
  assertSameTree(after, before);

  assert.equal(made.bytes, statSync(bench.archive).size);
  assert.equal(made.sha256, createHash('sha256').update(readFileSync(bench.archive)).digest('hex'));
  execFileSync('gzip', ['-t', bench.archive]);
  const kinds = Object.values(before) as { kind: string; size?: number; sameAs?: string }[];
  assert.equal(made.directories, kinds.filter(({ kind }) => kind === 'folder').length);
  assert.equal(made.files, kinds.filter(({ kind }) => kind !== 'folder').length);
  const sizes = kinds.filter(({ sameAs }) => sameAs === undefined).map(({ size }) => size ?? 0);
  assert.equal(
    made.sourceBytes,
    sizes.reduce((sum, size) => sum + size, 0),
  );
});

test('the source folder itself is the first member, with all it has', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  writeFileSync(join(bench.tree, 'x'), 'x');
  const commands = [
    ...(isRoot ? ['chown 33:34 .', 'setfacl -m u:daemon:r-x -d -m u:daemon:rwx .'] : []),
    ...['chmod 2710 .', 'setfattr -n user.note -v kept .'],
    "touch -d '2020-02-02 02:02:02.222222222 UTC' .",
  ];
  execFileSync('bash', ['-c', commands.join(';')], { cwd: bench.tree });
  const link = join(bench.base, 'link');
  symlinkSync(bench.tree, link);
  for (const source of [bench.tree, link]) {
    const made = await make(bench, { source, exclude: ['.', './', '*.log', '**/tree'] });
    assert.deepEqual([made.files, made.directories, made.excluded], [1, 1, []]);
    assert.deepEqual(namesIn(bench.archive), ['x']);
    const target = join(bench.base, 'target');
    mkdirSync(target);
    extractWithTar(bench.archive, target);
    assertSameTree(describeTree(target), describeTree(bench.tree));
    rmSync(target, { recursive: true });
  }
});

test('bsdtar and Python list the same names and complain of nothing', async (context) => {
  const bench = makeBench(context);
  makeAwkwardTree(bench.tree);
  await make(bench);
  const names = namesIn(bench.archive);
  const bsdtar = spawnSync('bsdtar', ['-tf', bench.archive], {
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  assert.equal(bsdtar.stderr, '');
  assert.equal(bsdtar.status, 0);
  assert.equal(bsdtar.stdout.trimEnd().split('\n').length, names.length + 1);
  const python = execFileSync(
    'python3',
    ['-c', 'import sys,tarfile; print(len(tarfile.open(sys.argv[1]).getnames()))', bench.archive],
    { encoding: 'utf8' },
  );
  assert.equal(Number(python), names.length + 1);
});

test('the same tree gives the same bytes', async (context) => {
  const bench = makeBench(context);
  makeAwkwardTree(bench.tree);
  const hashes = new Set<string>();
  for (let run = 0; run < 3; run += 1) hashes.add((await make(bench)).sha256);
  assert.equal(hashes.size, 1);
});

test('a sparse file of more than 8 GiB is small, listed right and comes back sparse', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  const size = 9 * 2 ** 30 + 12_345;
  const fd = openSync(join(bench.tree, 'disk.img'), 'w');
  ftruncateSync(fd, size);
  writeSync(fd, 'at the end', 8.5 * 2 ** 30);
  closeSync(fd);
  const made = await make(bench);
  assert.equal(made.sourceBytes, size);
  assert.ok(made.bytes < 10_000);
  const [, line = ''] = execFileSync('tar', ['-tvzf', bench.archive], { encoding: 'utf8' }).split(
    '\n',
  );
  assert.match(line, new RegExp(`\\s${size}\\s.* disk\\.img$`));
  const target = join(bench.base, 'target');
  mkdirSync(target);
  extractWithTar(bench.archive, target);
  const stat = lstatSync(join(target, 'disk.img'));
  assert.equal(stat.size, size);
  assert.ok(stat.blocks * 512 < 100_000);
  const after = openSync(join(target, 'disk.img'), 'r');
  const posix = posixCalls();
  const before = openSync(join(bench.tree, 'disk.img'), 'r');
  assert.deepEqual(posix.dataExtents(after, size), posix.dataExtents(before, size));
  closeSync(after);
  closeSync(before);
});

test('paths longer than the system allows are archived', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  const script = `import os
os.chdir(${JSON.stringify(bench.tree)})
for n in range(30):
  os.mkdir("d" * 200); os.chdir("d" * 200)
open("leaf", "w").write("deep")`;
  execFileSync('python3', ['-c', script]);
  const made = await make(bench);
  assert.deepEqual(made.skipped, []);
  assert.equal(made.files, 1);
  assert.equal(made.directories, 31);
  // GNU tar lists what it cannot extract.
  const expected = Array.from({ length: 30 }, (_, n) => `${'d'.repeat(200)}/`.repeat(n + 1));
  assert.deepEqual(namesIn(bench.archive), [...expected, `${expected.at(-1)}leaf`]);
  assert.match(untarred(bench.archive).toString('latin1'), /d\/leaf\n.*deep\0/s);
});

test('a folder with very many names is archived whole', async (context) => {
  const bench = makeBench(context);
  mkdirSync(join(bench.tree, 'many'), { recursive: true });
  const script = `import os,sys
for n in range(9000): os.close(os.open("%s-%06d" % ("n" * 240, n), os.O_CREAT))`;
  execFileSync('python3', ['-c', script], { cwd: join(bench.tree, 'many') });
  const made = await make(bench);
  assert.equal(made.files, 9000);
  assert.equal(new Set(namesIn(bench.archive)).size, 9001);
});

test('what a long name in odd bytes needs is there for every reader', async (context) => {
  const bench = makeBench(context);
  const name = Buffer.concat([Buffer.alloc(150, 'n'), Buffer.from([0xff, 0xfe])]);
  mkdirSync(bench.tree);
  writeFileSync(Buffer.concat([Buffer.from(`${bench.tree}/`), name]), 'odd');
  const made = await make(bench);
  assert.equal(made.files, 1);
  assert.match(
    untarred(bench.archive).toString('latin1'),
    /\d+ hdrcharset=BINARY\n\d+ path=n+\xff\xfe\n/,
  );
  for (const [tar, flags] of [
    ['tar', '-xzf'],
    ['bsdtar', '-xf'],
  ] as const) {
    const target = join(bench.base, tar);
    mkdirSync(target);
    const { status } = spawnSync(tar, [flags, bench.archive, '-C', target]);
    assert.equal(status, 0, tar);
    assert.deepEqual(readdirSync(target, { encoding: 'buffer' }), [name], tar);
  }
});

test('further names of a file are links to the first that is in the archive', async (context) => {
  const bench = makeBench(context);
  mkdirSync(join(bench.tree, 'excluded'), { recursive: true });
  writeFileSync(join(bench.tree, 'excluded/first'), 'content');
  linkSync(join(bench.tree, 'excluded/first'), join(bench.tree, 'second'));
  linkSync(join(bench.tree, 'excluded/first'), join(bench.tree, 'third'));
  symlinkSync('second', join(bench.tree, 'link'));
  linkSync(join(bench.tree, 'link'), join(bench.tree, 'link-too'));
  const made = await make(bench, { exclude: ['excluded'] });
  assert.deepEqual(made.excluded, ['excluded']);
  assert.equal(made.files, 4);
  assert.equal(made.sourceBytes, 7);
  const target = join(bench.base, 'target');
  mkdirSync(target);
  extractWithTar(bench.archive, target);
  assert.equal(statSync(join(target, 'second')).ino, statSync(join(target, 'third')).ino);
  assert.equal(lstatSync(join(target, 'link')).ino, lstatSync(join(target, 'link-too')).ino);
});

test('what koffi would do is left out, with a warning, when it cannot be loaded', async (context) => {
  const bench = makeBench(context);
  makeAwkwardTree(bench.tree);
  const posix = posixCalls(() => {
    throw new Error('no native code here');
  });
  const made = await make(bench, { posix });
  assert.deepEqual(made.warnings, [
    'Extended attributes and ACLs are not in the backup: no native code here.',
  ]);
  const target = join(bench.base, 'target');
  mkdirSync(target);
  extractWithTar(bench.archive, target);
  const without = { xattrs: false, holes: false };
  const before = describeTree(bench.tree, without);
  const after = describeTree(target, without);
  delete before.fifo;
  // The bits of an ACL's mask stand for the group's in the mode, which is all that is kept then.
  assertSameTree(after, before);
});

test('devices are listed', { skip: !isRoot }, async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  execFileSync('mknod', [join(bench.tree, 'null'), 'c', '1', '3']);
  assert.deepEqual((await make(bench)).skipped, [{ path: 'null', reason: 'device' }]);
});

test('an empty folder is an archive, and so is one file', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  const empty = await make(bench);
  assert.deepEqual([empty.files, empty.directories, empty.sourceBytes], [0, 1, 0]);
  assert.deepEqual(namesIn(bench.archive), []);
  writeFileSync(join(bench.tree, 'one'), 'x');
  utimesSync(join(bench.tree, 'one'), 0, 0);
  assert.equal((await make(bench)).files, 1);
  assert.deepEqual(namesIn(bench.archive), ['one']);
  assert.ok(existsSync(bench.archive));
});
