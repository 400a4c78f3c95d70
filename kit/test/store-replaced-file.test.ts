import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replaceContent } from '../src/store/index.ts';
import { temporaryFolder, tinyDisk } from './store/processes.ts';

const isRoot = process.getuid?.() === 0;

function fileIn(folder: string, name = 'site.conf'): string {
  const path = join(folder, name);
  writeFileSync(path, 'old\n');
  return path;
}

test('keeps owner, mode, ACL and extended attributes, and leaves nothing beside it', async (context) => {
  const folder = temporaryFolder(context);
  const path = fileIn(folder);
  chmodSync(path, 0o640);
  if (isRoot) chownSync(path, 1234, 4321);
  execFileSync('setfacl', ['-m', 'u:33:rw,g:44:r', path]);
  const hasXattr = spawnSync('setfattr', ['-n', 'user.origin', '-v', 'by hand', path]).status === 0;
  const facts = () => ({
    ...(({ uid, gid, mode }) => ({ uid, gid, mode }))(statSync(path)),
    acl: execFileSync('getfacl', ['-n', '--absolute-names', path], { encoding: 'utf8' }),
    xattr: hasXattr
      ? execFileSync('getfattr', ['-d', '--absolute-names', path], { encoding: 'utf8' })
      : '',
  });
  const before = facts();
  assert.match(before.acl, /user:33:rw-/);
  const { ino } = statSync(path);
  const done = await replaceContent(path, 'new\n');
  assert.deepEqual([done.how, done.path, done.before.toString()], ['renamed', path, 'old\n']);
  assert.equal(readFileSync(path, 'utf8'), 'new\n');
  assert.notEqual(statSync(path).ino, ino);
  assert.deepEqual(facts(), before);
  assert.deepEqual(readdirSync(folder), ['site.conf']);
  await replaceContent(path, done.before, { ifHolds: 'new\n' });
  assert.equal(readFileSync(path, 'utf8'), 'old\n');
  assert.deepEqual(facts(), before);
});

test('writes through links to the file they lead to', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'sites-available'));
  mkdirSync(join(folder, 'sites-enabled'));
  const path = fileIn(join(folder, 'sites-available'));
  const link = join(folder, 'sites-enabled/site.conf');
  symlinkSync('../sites-available/site.conf', link);
  const done = await replaceContent(link, 'new\n');
  assert.deepEqual([done.path, done.how], [path, 'renamed']);
  assert.equal(readlinkSync(link), '../sites-available/site.conf');
  assert.ok(lstatSync(path).isFile());
  assert.equal(readFileSync(path, 'utf8'), 'new\n');
});

test('writes in place, and says so, where renaming would lose something', async (context) => {
  const folder = temporaryFolder(context);
  const path = fileIn(folder);
  linkSync(path, join(folder, 'same'));
  const { ino } = statSync(path);
  const done = await replaceContent(path, 'n\n');
  assert.deepEqual([done.how, done.why], ['in-place', 'it has other names (hard links)']);
  assert.equal(statSync(path).ino, ino);
  assert.equal(readFileSync(join(folder, 'same'), 'utf8'), 'n\n');
});

test('a file that is mounted by itself is written in place', async (context) => {
  let mounted = '';
  // Before the folder goes, which would not.
  context.after(() => mounted !== '' && spawnSync('umount', ['-l', mounted]));
  const folder = temporaryFolder(context);
  const [path, other] = [fileIn(folder), fileIn(folder, 'other')];
  if (!isRoot || spawnSync('mount', ['--bind', other, path]).status !== 0)
    return context.skip('needs root, to mount');
  mounted = path;
  const done = await replaceContent(path, 'something longer\n');
  assert.deepEqual([done.how, done.why], ['in-place', 'it is mounted by itself']);
  assert.equal(readFileSync(other, 'utf8'), 'something longer\n');
  await replaceContent(path, done.before);
  assert.equal(readFileSync(other, 'utf8'), 'old\n');
  assert.deepEqual(readdirSync(folder).sort(), ['other', 'site.conf']);
});

/** Runs `replaceContent` in a process of another user. */
function asUser(
  uid: number,
  path: string,
  text: string,
): { how?: string; why?: string; code?: string } {
  const script = `
    import { replaceContent } from ${JSON.stringify(new URL('../src/store/index.ts', import.meta.url).href)};
    const done = await replaceContent(process.argv[1], process.argv[2]).catch(({ code }) => ({ code }));
    process.stdout.write(JSON.stringify(done));`;
  const args = ['--reuid', String(uid), '--regid', '2000', '--clear-groups', process.execPath];
  const { stdout, stderr } = spawnSync(
    'setpriv',
    [...args, '--input-type=module', '-e', script, path, text],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

function shared(context: TestContext): string {
  const folder = temporaryFolder(context);
  chmodSync(folder, 0o777);
  return folder;
}

test("another's file keeps its owner when one may write to it, and is left alone else", async (context) => {
  if (!isRoot) return context.skip('needs root, to be another user');
  const folder = shared(context);
  const path = fileIn(folder);
  chownSync(path, 0, 2000);
  chmodSync(path, 0o660);
  const done = asUser(1234, path, 'new\n');
  assert.equal(done.how, 'in-place');
  assert.match(done.why ?? '', /attributes cannot be taken over|belongs to somebody else/);
  assert.deepEqual([statSync(path).uid, statSync(path).gid], [0, 2000]);
  assert.equal(readFileSync(path, 'utf8'), 'new\n');
  chmodSync(path, 0o640);
  assert.equal(asUser(1234, path, 'newer\n').code, 'E_PERMISSION');
  assert.equal(readFileSync(path, 'utf8'), 'new\n');
  assert.deepEqual(readdirSync(folder), ['site.conf']);
});

test('where nothing can be put beside it, it is written in place', async (context) => {
  if (!isRoot) return context.skip('needs root, to be another user');
  const folder = temporaryFolder(context);
  chmodSync(folder, 0o755);
  const path = fileIn(folder);
  chownSync(path, 1234, 2000);
  const done = asUser(1234, path, 'new\n');
  assert.deepEqual([done.how, done.why], ['in-place', 'nothing can be put beside it (EACCES)']);
});

test('puts back only what it holds', async (context) => {
  const path = fileIn(temporaryFolder(context));
  await assert.rejects(replaceContent(path, 'x', { ifHolds: 'mine\n' }), {
    code: 'E_CHANGED_MEANWHILE',
  });
  assert.equal(readFileSync(path, 'utf8'), 'old\n');
});

test('a full disk leaves it as it was, in place too', async (context) => {
  const disk = tinyDisk(context, 64 * 1024);
  if (disk === undefined) return context.skip('needs root, to mount a small file system');
  const path = fileIn(disk);
  const long = 'x'.repeat(100_000);
  await assert.rejects(replaceContent(path, long), { code: 'E_DISK_FULL' });
  linkSync(path, join(disk, 'same'));
  await assert.rejects(replaceContent(path, long), { code: 'E_DISK_FULL' });
  assert.equal(readFileSync(path, 'utf8'), 'old\n');
  assert.deepEqual(readdirSync(disk).sort(), ['same', 'site.conf']);
});

test('puts back on a full disk, in place, what needs no room', async (context) => {
  const disk = tinyDisk(context, 64 * 1024);
  if (disk === undefined) return context.skip('needs root, to mount a small file system');
  const path = fileIn(disk);
  const { before } = await replaceContent(path, 'new and longer\n');
  assert.throws(() => writeFileSync(join(disk, 'filling'), 'x'.repeat(100_000)), {
    code: 'ENOSPC',
  });
  await assert.rejects(replaceContent(path, before), { code: 'E_DISK_FULL' });
  const ifHolds = 'new and longer\n';
  const done = await replaceContent(path, before, { ifHolds, inPlaceIfFull: true });
  assert.deepEqual([done.how, done.why], ['in-place', 'nothing can be put beside it (ENOSPC)']);
  assert.equal(readFileSync(path, 'utf8'), 'old\n');
  const longer = { ifHolds: 'old\n', inPlaceIfFull: true };
  await assert.rejects(replaceContent(path, 'longer\n', longer), { code: 'E_DISK_FULL' });
  assert.deepEqual(readdirSync(disk).sort(), ['filling', 'site.conf']);
});

test('refuses what is no file, and what is not there', async (context) => {
  const folder = temporaryFolder(context);
  await assert.rejects(replaceContent(folder, 'x'), { code: 'E_NOT_A_FILE', exit: 5 });
  await assert.rejects(replaceContent(join(folder, 'none'), 'x'), { code: 'E_NOT_FOUND', exit: 5 });
  symlinkSync('nowhere', join(folder, 'link'));
  await assert.rejects(replaceContent(join(folder, 'link'), 'x'), { code: 'E_NOT_FOUND' });
});
