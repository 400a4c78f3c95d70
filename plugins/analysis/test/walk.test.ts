import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOpsError, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { pathBytes } from '../src/paths/escape.ts';
import { rowColumns } from '../src/walk/columns.ts';
import type { Entries } from '../src/walk/entries.ts';
import { exclusion } from '../src/walk/exclusion.ts';
import { FileSystems } from '../src/walk/file-systems.ts';
import { kernelEntries } from '../src/walk/kernel-entries.ts';
import { plainEntries } from '../src/walk/plain-entries.ts';
import { walk } from '../src/walk/walk.ts';
import { filePaths, folderPaths, makeAwkwardTree, walkOf, writeFiles } from './tree-fixture.ts';

/** What `find` lists, as bytes, sorted. */
function found(folder: string, ...tests: string[]): Buffer[] {
  const printed = execFileSync('find', [folder, ...tests, '-print0']);
  const paths: Buffer[] = [];
  let start = 0;
  for (let end = printed.indexOf(0); end >= 0; end = printed.indexOf(0, start)) {
    paths.push(printed.subarray(start, end));
    start = end + 1;
  }
  return paths.sort(Buffer.compare);
}

test('every entry is found, in any bytes, and no symlink followed', async (context) => {
  const folder = temporaryFolder(context);
  makeAwkwardTree(folder);
  const { tree, skippedCount } = await walkOf(folder);
  assert.equal(skippedCount, 0);
  assert.deepEqual(
    filePaths(tree).map(pathBytes).sort(Buffer.compare),
    found(folder, '!', '-type', 'd'),
  );
  assert.deepEqual(
    folderPaths(tree).map(pathBytes).sort(Buffer.compare),
    found(folder, '-type', 'd'),
  );
});

test('folders stand in the order of a sorted listing, with what is below them', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'b/1': 'x', 'a/c/2': 'x', 'a/b/3': 'x', 'a b/4': 'x' });
  const { tree } = await walkOf(folder);
  const { parent, end, names } = tree.folders;
  assert.deepEqual(names.slice(1), ['a', 'b', 'c', 'a b', 'b']);
  assert.deepEqual([...parent], [0, 0, 1, 1, 0, 0]);
  assert.deepEqual([...end], [6, 4, 3, 4, 5, 6]);
  assert.equal(tree.commonFolder(2, 3), 1);
  assert.equal(tree.commonFolder(3, 5), 0);
  assert.equal(tree.commonFolder(1, 3), 1);
});

function entriesOf(entries: Entries, folder: string): Map<string, unknown[]> {
  const all = new Map<string, unknown[]>();
  entries.open(folder, false);
  while (entries.next()) {
    const { bytes, nameStart, nameEnd, failure } = entries;
    const { mode, size, blocks, modified, changed, links, inode, inodeHigh, device } = entries;
    all.set(Buffer.from(bytes.subarray(nameStart, nameEnd)).toString('latin1'), [
      failure,
      mode,
      size,
      blocks,
      Math.round(modified * 100),
      Math.round(changed * 100),
      links,
      inode,
      inodeHigh,
      device,
    ]);
  }
  return all;
}

test('both ways of reading a folder say the same', (context) => {
  const folder = temporaryFolder(context);
  makeAwkwardTree(folder);
  const kernel = kernelEntries();
  assert.ok(kernel, 'the foreign-function library works on this machine');
  for (const path of [folder, `${folder}/links/a`, `${folder}/fold\\xE9r`, '/dev', '/'])
    assert.deepEqual(entriesOf(kernel, path), entriesOf(plainEntries(), path), path);
});

test('without the foreign-function library there is none of its entries', () => {
  assert.equal(
    kernelEntries(() => {
      throw new Error('no such module');
    }),
    undefined,
  );
});

test('both ways fail alike', (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { file: 'x' });
  symlinkSync('.', join(folder, 'link'));
  for (const entries of [kernelEntries()!, plainEntries()]) {
    assert.throws(() => entries.open(`${folder}/none`, false), { code: 'ENOENT' });
    assert.throws(() => entries.open(`${folder}/file`, false), { code: 'ENOTDIR' });
    assert.throws(() => entries.open(`${folder}/link`, false), { code: /ENOTDIR|ELOOP/ });
    assert.throws(() => entries.open(`${folder}/${'x'.repeat(300)}`, false), {
      code: 'ENAMETOOLONG',
    });
    entries.open(`${folder}/link`, true);
    entries.close();
    entries.close();
  }
});

test('a folder of many files is read whole, and open files are closed', async (context) => {
  const folder = temporaryFolder(context);
  const count = 8000;
  for (let file = 0; file < count; file += 1)
    writeFileSync(join(folder, `a-rather-long-name-${file}`), '');
  const before = readdirSync('/proc/self/fd').length;
  const { tree } = await walkOf(folder);
  assert.equal(tree.files.count, count);
  assert.deepEqual(
    filePaths(tree).map(pathBytes).sort(Buffer.compare),
    found(folder, '-type', 'f'),
  );
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

test('one thread and several find the same tree', async (context) => {
  const folder = temporaryFolder(context);
  for (let at = 0; at < 300; at += 1)
    writeFiles(folder, { [`d${at % 7}/e${at % 13}/f${at % 29}/g${at}/file${at}.js`]: at });
  const trees = await Promise.all(
    [1, 2, 3].map(async (threads) => (await walkOf(folder, { threads })).tree),
  );
  for (const { folders, files } of trees) {
    assert.deepEqual(folders, trees[0]!.folders);
    assert.equal(files.count, 300);
  }
  for (const tree of trees) assert.deepEqual(filePaths(tree), filePaths(trees[0]!));
  assert.ok(rowColumns(trees[1]!.files).every((column) => column.length === 300));
});

test('STATE is left out by what it is, and patterns of gitignore are', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'site/state/runs/x': 'x',
    'site/keep/a.log': 'x',
    'site/keep/b.txt': 'x',
    'site/tmp/c': 'x',
    'site/deep/tmp/d': 'x',
    'site/important.log': 'x',
  });
  symlinkSync(join(folder, 'site/state'), join(folder, 'state-by-another-name'));
  const { tree, excluded } = await walkOf(join(folder, 'site'), {
    state: join(folder, 'state-by-another-name'),
    exclude: ['*.log', '!important.log', '/tmp/'],
  });
  assert.deepEqual(
    filePaths(tree).map((path) => path.slice(folder.length)),
    ['/site/deep/tmp/d', '/site/important.log', '/site/keep/b.txt'],
  );
  assert.equal(excluded, 2);
});

test('patterns go on working after many paths', async () => {
  const isExcluded = (await exclusion('/site', ['*.log', '/tmp/']))!;
  for (let at = 0; at < 45_000; at += 1)
    assert.equal(isExcluded(`/site/d/f${at}.log`, false), true);
  assert.equal(isExcluded('/site/tmp', true), true);
  assert.equal(isExcluded('/site/tmp', false), false);
  assert.equal(await exclusion('/site', []), undefined);
});

test('a symlink is followed as the analysed folder itself', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'releases/7/index.js': 'x' });
  symlinkSync('releases/7', join(folder, 'current'));
  const { tree } = await walkOf(join(folder, 'current'));
  assert.deepEqual(filePaths(tree), [join(folder, 'current/index.js')]);
});

test('what cannot be analysed is said in a sentence', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { file: 'x' });
  const failure = async (path: string): Promise<unknown[]> => {
    const error: unknown = await walkOf(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(isOpsError(error));
    return [error.code, error.exit];
  };
  assert.deepEqual(await failure(join(folder, 'none')), ['E_NOT_FOUND', 5]);
  assert.deepEqual(await failure(join(folder, 'file')), ['E_NOT_A_FOLDER', 2]);
  assert.deepEqual(await failure('/proc/self'), ['E_PSEUDO_FILE_SYSTEM', 2]);
});

test('pseudo file systems are known by their kind', () => {
  const systems = new FileSystems();
  assert.deepEqual(systems.of('/proc', 1), { name: 'proc', pseudo: true });
  assert.equal(systems.of('/sys', 2).pseudo, true);
  assert.equal(systems.of('/tmp', 3).pseudo, false);
});

test('other file systems are entered only when asked, pseudo ones never', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'tree/here': 'x' });
  for (const name of ['disk', 'proc']) mkdirSync(join(folder, 'tree', name));
  // In a namespace of its own: nothing is mounted where others see it.
  const script = `
    mount -t tmpfs none tree/disk && mount -t proc none tree/proc && echo x > tree/disk/there || exit 42
    exec "$@"`;
  const probe = `
    import { silentProgress } from ${JSON.stringify(import.meta.resolve('@om-ops/kit'))};
    import { walk } from ${JSON.stringify(import.meta.resolve('../src/walk/walk.ts'))};
    const seen = [];
    for (const crossFileSystems of [false, true]) {
      const { tree, notEntered } = await walk({ path: process.argv[1], crossFileSystems }, silentProgress());
      seen.push([tree.files.count, tree.folders.count, notEntered]);
    }
    console.log(JSON.stringify(seen));`;
  const run = spawnSync(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      probe,
      join(folder, 'tree'),
    ],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  );
  if (run.error !== undefined || run.status === 42 || /unshare/.test(run.stderr)) {
    context.skip('mounting is not allowed here');
    return;
  }
  const disk = { path: join(folder, 'tree/disk'), fileSystem: 'tmpfs' };
  const proc = { path: join(folder, 'tree/proc'), fileSystem: 'proc' };
  const [own, all] = JSON.parse(run.stdout) as [number, number, { path: string }[]][];
  const byPath = (list: { path: string }[]) => list.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  assert.deepEqual([own![0], own![1], byPath(own![2])], [1, 1, [disk, proc]]);
  assert.deepEqual([all![0], all![1], byPath(all![2])], [2, 2, [proc]]);
});

test('folders that may not be read are named', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'open/a': 'x', 'closed/b': 'x' });
  chmodSync(join(folder, 'closed'), 0);
  if (process.getuid?.() !== 0) {
    const { skipped, skippedCount } = await walkOf(folder);
    chmodSync(join(folder, 'closed'), 0o700);
    assert.deepEqual(skipped, [{ path: join(folder, 'closed'), reason: 'permission denied' }]);
    assert.equal(skippedCount, 1);
    return;
  }
  // Root may read everything: another user looks.
  const nobody = 65_534;
  chmodSync(folder, 0o755);
  chownSync(join(folder, 'open'), nobody, nobody);
  const entries = kernelEntries()!;
  process.seteuid!(nobody);
  try {
    assert.throws(() => entries.open(join(folder, 'closed'), false), { code: 'EACCES' });
    const { skipped } = await walk({ path: folder, threads: 1 }, silentProgress());
    assert.deepEqual(skipped, [{ path: join(folder, 'closed'), reason: 'permission denied' }]);
  } finally {
    process.seteuid!(0);
  }
});

test('a path longer than the kernel takes is named, and the rest is read', async (context) => {
  const folder = temporaryFolder(context);
  const name = 'n'.repeat(200);
  execFileSync('bash', [
    '-c',
    `cd "$1"; for i in $(seq 25); do mkdir ${name} && cd ${name}; done; touch deepest`,
    'bash',
    folder,
  ]);
  writeFiles(folder, { beside: 'x' });
  const { tree, skipped } = await walkOf(folder);
  assert.equal(tree.files.count, 1);
  assert.equal(skipped.length, 1);
  assert.deepEqual([skipped[0]!.reason, skipped[0]!.code], ['unreadable', 'ENAMETOOLONG']);
});

test('an abort ends it at once and leaves no file open', async (context) => {
  const before = readdirSync('/proc/self/fd').length;
  const controller = new AbortController();
  let abortedAt = 0;
  const progress = {
    ...silentProgress(),
    signal: controller.signal,
    report: () => {
      abortedAt ||= performance.now();
      controller.abort();
    },
  };
  // The largest tree that every machine has.
  const walking = walk({ path: '/', threads: 2 }, progress);
  await walking.catch(() => {});
  if (abortedAt === 0) return context.skip('it was read before anything could be reported');
  await assert.rejects(walking, { code: 'E_INTERRUPTED' });
  assert.ok(performance.now() - abortedAt < 1000);
  // A worker that was just starting takes a moment to go.
  await waitFor('the files to be closed', () => readdirSync('/proc/self/fd').length <= before);
});
