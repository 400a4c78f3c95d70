import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { planExtract } from '../src/archive/extract/extract.ts';
import { extractMembers } from '../src/archive/extract/extract-members.ts';
import { TarReader } from '../src/archive/tar/reader.ts';
import { make } from './archive-make.ts';
import { makePlace, type Place, restore } from './extract-target.ts';
import { assertSameTree, describeTree, isRoot } from './extract-tree.ts';
import { archiveGz, header, member, sourceOf } from './reader-compose.ts';

/** An archive of a folder that is closed to others. */
async function closedSource(context: TestContext): Promise<Place & { tree: string }> {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  mkdirSync(join(tree, 'src'), { recursive: true });
  writeFileSync(join(tree, 'src/app.js'), 'app');
  writeFileSync(join(tree, 'notes'), 'notes');
  if (isRoot) chownSync(tree, 33, 34);
  chmodSync(tree, 0o2750);
  const commands = [
    ...(isRoot ? ['setfacl -m u:daemon:r-x -d -m u:daemon:rwx .'] : []),
    ...['setfattr -n user.note -v kept .', "touch -d '2020-02-02 02:02:02.2 UTC' ."],
  ];
  execFileSync('bash', ['-c', commands.join(';')], { cwd: tree });
  await make({ ...place, tree });
  return { ...place, tree };
}

test('the folder comes back as it was: into a new one, an empty one, one in use and in place', async (context) => {
  const place = await closedSource(context);
  const before = describeTree(place.tree);
  await restore(place);
  assertSameTree(describeTree(place.target), before, 'new');

  chmodSync(place.target, 0o777);
  if (isRoot) chownSync(place.target, 1, 1);
  const { result } = await restore(place, { inPlace: true });
  assertSameTree(describeTree(place.target), before, 'in place');
  assert.deepEqual([result.files, result.directories], [2, 2]);

  for (const used of [false, true]) {
    const target = join(place.base, used ? 'used' : 'empty');
    mkdirSync(target);
    const inode = statSync(target).ino;
    const there = spawn('sleep', ['60'], { cwd: used ? target : '/' });
    try {
      await new Promise((resolve) => there.once('spawn', resolve));
      await restore({ ...place, target });
    } finally {
      there.kill();
    }
    assertSameTree(describeTree(target), before, target);
    assert.equal(statSync(target).ino === inode, used, 'a folder somebody is in stays the same');
  }
});

test('a folder that om-ops itself is in is filled, not replaced', async (context) => {
  const place = await closedSource(context);
  const target = join(place.base, 'here');
  mkdirSync(target);
  const run = join(import.meta.dirname, 'extract-run.ts');
  const options = JSON.stringify({ archive: place.archive, to: '.' });
  const list = `"${process.execPath}" "${run}" '${options}' >&2 && ls`;
  const listed = execFileSync('sh', ['-c', list], {
    cwd: target,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal(listed.toString(), 'notes\nsrc\n');
});

test('a selection in a new folder is closed as its folder was; a folder that is there keeps what it has', async (context) => {
  const place = await closedSource(context);
  const rootOf = (folder: string): unknown =>
    Object.assign({}, describeTree(folder)['.'], { mtime: '' });
  await restore(place, { only: ['src/**'] });
  assert.deepEqual(rootOf(place.target), rootOf(place.tree));
  assert.deepEqual(readdirSync(place.target), ['src']);
  const target = join(place.base, 'other');
  mkdirSync(target, 0o705);
  const before = rootOf(target);
  await restore({ ...place, target }, { only: ['src/**'] });
  await restore({ ...place, target }, { only: ['**'], inPlace: true });
  assert.deepEqual(rootOf(target), before);
  await restore({ ...place, target }, { only: ['.'], inPlace: true });
  assertSameTree(describeTree(target), describeTree(place.tree));
});

test('in place, far more folders are filled than files may be open', (context) => {
  const names = Array.from({ length: 300 }, (_, at) => `d${at}/file`);
  const place = makePlace(context, archiveGz(...names.map((name) => member({ name }, name))));
  mkdirSync(place.target);
  const options = JSON.stringify({ archive: place.archive, to: place.target, inPlace: true });
  const run = join(import.meta.dirname, 'extract-run.ts');
  const output = execFileSync(
    'sh',
    ['-c', 'ulimit -n 128; exec "$@"', 'sh', process.execPath, run, options],
    { encoding: 'utf8' },
  );
  assert.equal(JSON.parse(output).result.files, names.length, output);
});

test('a plan does not name the target among what is made', async (context) => {
  const place = await closedSource(context);
  const { archive, target: to } = place;
  const plan = await planExtract({ archive, to, inPlace: false, progress: silentProgress() });
  assert.deepEqual(plan.created, { count: 3, names: ['notes', 'src', 'src/app.js'] });
});

test('a folder of somebody else is filled and keeps its attributes, and a closed one is filled too', {
  skip: !isRoot,
}, async (context) => {
  const place = makePlace(
    context,
    archiveGz(
      header({ name: './', type: '5', mode: 0o500, mtime: 1_600_000_000 }),
      member({ name: 'x' }, 'x'),
    ),
  );
  chmodSync(place.base, 0o755);
  const shared = join(place.base, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  // Its own folder may not be written to, so the content is moved up from within.
  const own = join(place.base, 'own');
  mkdirSync(own);
  chownSync(own, 65_534, 65_534);
  process.seteuid?.(65_534);
  try {
    const { warnings } = await restore({ ...place, target: shared });
    assert.match(warnings.join(), /shared belongs to somebody else/);
    await restore({ ...place, target: own });
  } finally {
    process.seteuid?.(0);
  }
  assert.deepEqual([readdirSync(shared), statSync(shared).mode & 0o7777], [['x'], 0o777]);
  const { mode, mtimeMs } = statSync(own);
  assert.deepEqual([readdirSync(own), mode & 0o7777, mtimeMs], [['x'], 0o500, 1_600_000_000_000]);
});

test('a failure in place leaves the mode of a closed folder that it had to open', {
  skip: !isRoot,
}, (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  chmodSync(place.base, 0o755);
  const closed = join(place.target, 'closed');
  mkdirSync(closed, { recursive: true });
  for (const folder of [place.target, closed]) chownSync(folder, 65_534, 65_534);
  chmodSync(closed, 0o500);
  const rootFd = openSync(place.target, 'r');
  process.seteuid?.(65_534);
  try {
    const extract = (): unknown =>
      extractMembers({
        // Without the end of an archive.
        reader: new TarReader(sourceOf(member({ name: 'closed/x' }, 'x'))),
        ...{ archive: 'test', target: place.target, rootFd, only: [], linkSources: [] },
        ...{ temporaryPrefix: '.om-ops-restore.1-1-0000000000000000-' },
        ...{ userId: 65_534, groupId: 65_534, groups: [], umask: 0o022 },
      });
    assert.throws(extract);
  } finally {
    process.seteuid?.(0);
    closeSync(rootFd);
  }
  assert.deepEqual(readdirSync(closed), []);
  assert.equal(statSync(closed).mode & 0o7777, 0o500);
});
