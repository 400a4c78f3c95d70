import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { extractMembers } from '../src/archive/extract/extract-members.ts';
import { posixCalls } from '../src/archive/posix/posix.ts';
import { plainCalls } from '../src/archive/posix/posix-plain.ts';
import { TarReader } from '../src/archive/tar/reader.ts';
import { makePlace, restore } from './extract-target.ts';
import { archive, archiveGz, header, member, sourceOf } from './reader-compose.ts';

/** What is called of these from now on, in order; of paths the last name. */
function recorded(
  context: TestContext,
  ...names: ('fdatasyncSync' | 'fsyncSync' | 'renameSync')[]
) {
  const calls: string[] = [];
  const lastName = (path: unknown): string => String(path).replace(/^.*\//s, '');
  for (const name of names) {
    const original = fs[name] as (...given: unknown[]) => void;
    const mock = context.mock.method(fs, name, (...given: unknown[]) => {
      const [first, second] = given;
      const named = typeof first === 'number' ? fs.readlinkSync(`/proc/self/fd/${first}`) : second;
      calls.push(`${name} ${lastName(named).replace(/^\.om-ops-restore\..*/, 'temporary')}`);
      return original(...given);
    });
    context.after(() => {
      mock.mock.restore();
      syncBuiltinESMExports();
    });
  }
  syncBuiltinESMExports();
  return calls;
}

const members = [
  member({ name: 'old' }, 'now'),
  member({ name: 'new' }, 'new'),
  header({ name: 'link', type: '1', linkName: 'new' }),
  header({ name: 'symlink', type: '2', linkName: 'new' }),
];

test('in place, all is on the disk before it has its name, and the names are at the end', (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  fs.mkdirSync(place.target);
  for (const name of ['old', 'link', 'symlink']) fs.writeFileSync(join(place.target, name), 'old');
  const rootFd = fs.openSync(place.target, 'r');
  const calls = recorded(context, 'fdatasyncSync', 'renameSync');
  const posix = posixCalls();
  extractMembers({
    reader: new TarReader(sourceOf(archive(...members))),
    archive: 'test',
    target: place.target,
    rootFd,
    only: [],
    linkSources: [],
    temporaryPrefix: '.om-ops-restore.1-1-0000000000000000-',
    userId: process.geteuid?.() ?? 0,
    groupId: process.getegid?.() ?? 0,
    groups: [],
    umask: process.umask(),
    posix: {
      ...posix,
      syncFileSystem(fd) {
        calls.push(`syncFileSystem ${fd === rootFd ? 'target' : fd}`);
        posix.syncFileSystem(fd);
      },
    },
  });
  fs.closeSync(rootFd);
  assert.deepEqual(calls, [
    'syncFileSystem target',
    'renameSync old',
    'renameSync new',
    'renameSync link',
    'renameSync symlink',
    'syncFileSystem target',
  ]);
  assert.equal(fs.readFileSync(join(place.target, 'link'), 'utf8'), 'new');
});

test('the name of a new folder is on the disk when it is there', async (context) => {
  const place = makePlace(context, archiveGz(...members));
  const calls = recorded(context, 'fsyncSync', 'renameSync');
  await restore(place);
  assert.deepEqual(calls, ['renameSync target', 'fsyncSync parent']);
});

test('flushing a file system takes native calls, and an open file', () => {
  assert.throws(() => posixCalls().syncFileSystem(-1), { code: 'EBADF', syscall: 'syncfs' });
  plainCalls('none').syncFileSystem(-1);
});
