import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import {
  AtomicFile,
  isTemporaryName,
  makeStateFolder,
  removeLeftovers,
  writeFileAtomic,
  writeFileAtomicSync,
} from '../src/store/index.ts';
import { startWorker, temporaryFolder, tinyDisk } from './store/processes.ts';

test('writes a file with exactly the mode asked for, whatever the umask', async (context) => {
  const folder = temporaryFolder(context);
  const before = process.umask(0o077);
  context.after(() => process.umask(before));
  await writeFileAtomic(join(folder, 'one'), 'text', { mode: 0o644 });
  writeFileAtomicSync(join(folder, 'two'), new Uint8Array([1, 2, 3]));
  assert.equal(readFileSync(join(folder, 'one'), 'utf8'), 'text');
  assert.equal(statSync(join(folder, 'one')).mode & 0o777, 0o644);
  assert.equal(statSync(join(folder, 'two')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder).sort(), ['one', 'two']);
});

test('replaces a symbolic link instead of following it', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'target'), 'old');
  symlinkSync('target', join(folder, 'link'));
  await writeFileAtomic(join(folder, 'link'), 'new');
  assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'old');
  assert.equal(readFileSync(join(folder, 'link'), 'utf8'), 'new');
});

test('takes names as long as the file system allows', async (context) => {
  const path = join(temporaryFolder(context), 'ü'.repeat(127));
  await writeFileAtomic(path, 'x');
  assert.equal(readFileSync(path, 'utf8'), 'x');
});

test('a file keeps its temporary name until it is committed, and does not clobber', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.tar.gz');
  writeFileSync(path, 'first');
  const file = await AtomicFile.create(path);
  assert.ok(isTemporaryName(basename(file.tempPath)));
  await file.handle.writeFile('second');
  await assert.rejects(file.commit({ noClobber: true }), { code: 'E_EXISTS' });
  assert.equal(readFileSync(path, 'utf8'), 'first');
  await file.commit({ path: join(folder, 'a-2.tar.gz'), noClobber: true });
  assert.equal(file.path, join(folder, 'a-2.tar.gz'));
  await file.discard();
  assert.deepEqual(readdirSync(folder).sort(), ['a-2.tar.gz', 'a.tar.gz']);
});

test('what is not committed is discarded at the end of its scope', async (context) => {
  const folder = temporaryFolder(context);
  {
    await using file = await AtomicFile.create(join(folder, 'never'));
    await file.handle.writeFile('half');
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('a missing folder is an error that says so', async (context) => {
  const path = join(temporaryFolder(context), 'none', 'file');
  await assert.rejects(writeFileAtomic(path, 'x'), { code: 'E_NOT_FOUND', exit: 5 });
  assert.throws(() => writeFileAtomicSync(path, 'x'), { code: 'E_NOT_FOUND' });
});

test('a folder without permission is an error that says so', async (context) => {
  const folder = temporaryFolder(context);
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  if (process.getuid?.() === 0) {
    const [line = ''] = await startWorker(context, 'as-nobody', join(closed, 'x')).end();
    assert.equal(JSON.parse(line).code, 'E_PERMISSION');
  } else {
    await assert.rejects(writeFileAtomic(join(closed, 'x'), 'x'), {
      code: 'E_PERMISSION',
      exit: 5,
    });
  }
});

test('a full disk leaves the old file and nothing else', async (context) => {
  const folder = tinyDisk(context, 64 * 1024);
  if (folder === undefined) return context.skip('needs root, to mount a small file system');
  const path = join(folder, 'file');
  await writeFileAtomic(path, 'old');
  await assert.rejects(writeFileAtomic(path, 'x'.repeat(200_000)), {
    code: 'E_DISK_FULL',
    exit: 1,
  });
  assert.throws(() => writeFileAtomicSync(path, 'x'.repeat(200_000)), { code: 'E_DISK_FULL' });
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('killed at any moment, the file is a whole version and the leftovers are removed', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'file');
  for (let round = 1; round <= 4; round++) {
    const worker = startWorker(context, 'atomic', path, 100_000);
    await worker.lines(round * 3);
    await worker.kill();
    const [first = '', ...others] = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(others.length, 199_999);
    assert.ok(others.every((line) => line === first));
  }
  removeLeftovers(folder);
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('leftovers of a living process stay until it has ended', async (context) => {
  const folder = temporaryFolder(context);
  const worker = startWorker(context, 'partial', join(folder, 'db.tar.gz'));
  const [tempPath = ''] = await worker.lines(1);
  assert.deepEqual(removeLeftovers(folder), { removed: [], failed: [] });
  await worker.kill();
  assert.deepEqual(removeLeftovers(folder), {
    removed: [{ path: tempPath, bytes: 4 }],
    failed: [],
  });
  assert.deepEqual(readdirSync(folder), []);
});

test('leftovers go when their pid has been given to another process', async (context) => {
  const folder = temporaryFolder(context);
  const file = await AtomicFile.create(join(folder, 'file'));
  context.after(() => file.discard());
  const [head, pid, start, ...tail] = basename(file.tempPath).split(/(?<=\.file\.)|-/);
  const reused = `${head}${pid}-${Number(start) - 1}-${tail.join('-')}`;
  writeFileSync(join(folder, reused), '');
  assert.deepEqual(removeLeftovers(folder).removed, [{ path: join(folder, reused), bytes: 0 }]);
  assert.deepEqual(readdirSync(folder), [basename(file.tempPath)]);
});

test("another host's unfinished file stays for a week", async (context) => {
  const folder = temporaryFolder(context);
  const file = await AtomicFile.create(join(folder, 'file'));
  const foreign = basename(file.tempPath).replace(/-[0-9a-f]{16}-/, '-0123456789abcdef-');
  renameSync(file.tempPath, join(folder, foreign));
  await file.handle.close();
  assert.deepEqual(removeLeftovers(folder).removed, []);
  const eightDaysAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  utimesSync(join(folder, foreign), eightDaysAgo, eightDaysAgo);
  assert.equal(removeLeftovers(folder).removed.length, 1);
});

test('leftovers: other names are left alone, and a missing folder has none', (context) => {
  const folder = temporaryFolder(context);
  for (const name of ['x.partial', '.x.partial', '.x.12-3.partial', 'db.tar.gz']) {
    writeFileSync(join(folder, name), '');
  }
  assert.deepEqual(removeLeftovers(folder), { removed: [], failed: [] });
  assert.deepEqual(removeLeftovers(join(folder, 'none')), { removed: [], failed: [] });
  assert.equal(readdirSync(folder).length, 4);
});

test('makes state folders for their owner only, and leaves the mode of one that exists', (context) => {
  const folder = temporaryFolder(context);
  assert.deepEqual(makeStateFolder(join(folder, 'a/b')), { created: true, mode: 0o700 });
  assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o700);
  mkdirSync(join(folder, 'open'), { mode: 0o755 });
  assert.deepEqual(makeStateFolder(join(folder, 'open')), { created: false, mode: 0o755 });
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => makeStateFolder(join(folder, 'file/below')), { name: 'OpsError' });
});
