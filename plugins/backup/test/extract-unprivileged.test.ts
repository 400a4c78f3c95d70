import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { tar } from './extract-target.ts';
import { assertSameTree, describeTree, isRoot, makeAwkwardTree } from './extract-tree.ts';
import { archiveGz, header, member, pax } from './reader-compose.ts';

const nobody = 65534;
const script = join(import.meta.dirname, 'extract-run.ts');
const skip = isRoot && canRead(nobody) ? false : 'takes root, and a checkout that others may read';

function canRead(uid: number): boolean {
  try {
    accessSync(script, constants.R_OK);
    execFileSync(
      process.execPath,
      ['-e', `require('node:fs').readFileSync(${JSON.stringify(script)})`],
      {
        uid,
        gid: uid,
        stdio: 'ignore',
      },
    );
    return true;
  } catch {
    return false;
  }
}

interface Ran {
  result: {
    code?: string;
    message?: string;
    files?: number;
    lost?: { kind: string; count: number }[];
  };
  warnings: string[];
}

/** Restores as nobody, in a process of its own. */
function restoreAsNobody(options: object): Ran {
  const printed = execFileSync(process.execPath, [script, JSON.stringify(options)], {
    uid: nobody,
    gid: nobody,
  });
  return JSON.parse(printed.toString()) as Ran;
}

function nobodysFolder(context: Parameters<typeof temporaryFolder>[0]): string {
  const base = temporaryFolder(context);
  chownSync(base, nobody, nobody);
  return base;
}

test('who is not root gets all but the owners, with one warning', { skip }, (context) => {
  const base = nobodysFolder(context);
  const tree = join(base, 'tree');
  makeAwkwardTree(tree);
  const archive = join(base, 'test.tar.gz');
  writeFileSync(archive, tar(tree, '--format=posix', '--xattrs', '--acls', '-S'));
  const { result, warnings } = restoreAsNobody({ archive, to: join(base, 'target') });
  assert.equal(result.code, undefined, result.message);
  assert.equal(warnings.filter((text) => /takes root/.test(text)).length, 1);
  assert.equal(warnings.filter((text) => /setuid/.test(text)).length, 1);
  // Of the extended attributes, that is the capability.
  assert.deepEqual(result.lost?.map(({ kind }) => kind).sort(), ['owner', 'setuid', 'xattr']);
  const found = describeTree(join(base, 'target'), { owners: false });
  const expected = describeTree(tree, { owners: false }) as Record<
    string,
    { mode: string; xattrs: string[] }
  >;
  // Never setuid for somebody else; trusted and security attributes are root's.
  (expected['script.sh'] as { mode: string }).mode = '755';
  for (const entry of Object.values(expected))
    entry.xattrs = entry.xattrs.filter((text) => !/^(?:trusted|security)\./.test(text));
  assertSameTree(found, expected);
  assert.ok(
    readdirSync(join(base, 'target')).every(
      (name) => lstatSync(join(base, 'target', name)).uid === nobody,
    ),
  );
});

test('folders that are closed to their owner are filled, and closed again', { skip }, (context) => {
  const base = nobodysFolder(context);
  const archive = join(base, 'test.tar.gz');
  const closed = (name: string, mode: number): Buffer =>
    header({ name, type: '5', mode, uid: nobody, gid: nobody });
  writeFileSync(
    archive,
    archiveGz(
      closed('none', 0),
      closed('read', 0o555),
      member({ name: 'none/a', mode: 0o400 }, 'a'),
      member({ name: 'read/b' }, 'b'),
      member({ name: 'other' }),
      member({ name: 'none/c', mode: 0 }, 'c'),
      header({ name: 'read/d', type: '1', linkName: 'none/c' }),
    ),
  );
  const to = join(base, 'target');
  for (const inPlace of [false, true]) {
    const { result } = restoreAsNobody({ archive, to, inPlace });
    assert.equal(result.code, undefined, result.message);
    assert.deepEqual(
      [statSync(join(to, 'none')).mode & 0o777, statSync(join(to, 'read')).mode & 0o777],
      [0, 0o555],
    );
    assert.equal(readFileSync(join(to, 'none/a'), 'utf8'), 'a');
    assert.equal(statSync(join(to, 'read/d')).nlink, 2);
  }
});

test('a place that is closed to the user is said so, and nothing is left', { skip }, (context) => {
  const base = nobodysFolder(context);
  const archive = join(base, 'test.tar.gz');
  writeFileSync(
    archive,
    archiveGz(
      member({ name: 'a' }, 'a'),
      pax({ 'SCHILY.xattr.user.x': 'y' }),
      member({ name: 'b' }),
    ),
  );
  mkdirSync(join(base, 'roots'));
  assert.equal(
    restoreAsNobody({ archive, to: join(base, 'roots/new') }).result.code,
    'E_PERMISSION',
  );
  assert.equal(restoreAsNobody({ archive, to: join(base, 'roots') }).result.code, 'E_PERMISSION');
  assert.deepEqual(readdirSync(join(base, 'roots')), []);
  // The folder is the user's, the one above it is not.
  mkdirSync(join(base, 'roots/mine'));
  chownSync(join(base, 'roots/mine'), nobody, nobody);
  const { result } = restoreAsNobody({ archive, to: join(base, 'roots/mine') });
  assert.equal(result.files, 2);
  assert.deepEqual(readdirSync(join(base, 'roots/mine')), ['a', 'b']);
  chmodSync(archive, 0);
  chownSync(archive, 0, 0);
  assert.equal(restoreAsNobody({ archive, to: join(base, 'x') }).result.code, 'E_PERMISSION');
});

test('in place, what belongs to somebody else is replaced where the folder allows it', {
  skip,
}, (context) => {
  const base = nobodysFolder(context);
  const archive = join(base, 'test.tar.gz');
  writeFileSync(
    archive,
    archiveGz(header({ name: 'd', type: '5', mode: 0o700 }), member({ name: 'd/a' }, 'new')),
  );
  const to = join(base, 'target');
  mkdirSync(join(to, 'd'), { recursive: true });
  writeFileSync(join(to, 'd/a'), 'old');
  chownSync(to, nobody, nobody);
  assert.equal(restoreAsNobody({ archive, to, inPlace: true }).result.code, 'E_PERMISSION');
  assert.deepEqual(readdirSync(join(to, 'd')), ['a']);
  chmodSync(join(to, 'd'), 0o777);
  const { result, warnings } = restoreAsNobody({ archive, to, inPlace: true });
  assert.equal(result.code, undefined, result.message);
  assert.equal(readFileSync(join(to, 'd/a'), 'utf8'), 'new');
  assert.equal(warnings.length, 1);
});
