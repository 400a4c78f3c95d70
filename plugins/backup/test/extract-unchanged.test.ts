import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { planExtract } from '../src/archive/extract/extract.ts';
import { makePlace, restore, tar } from './extract-target.ts';
import { assertSameTree, describeTree } from './extract-tree.ts';

const names = ['as it was', 'content', 'mtime', 'mode', 'xattr', 'owner', 'linked', 'longer'];
const mtime = 1_700_000_000;

test("in place: a file that is the archive's in every byte and attribute is left alone, any other replaced", async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const at = (name: string): string => join(place.target, name);
  mkdirSync(place.target);
  for (const name of [...names, 'empty']) {
    writeFileSync(at(name), name === 'empty' ? '' : `content of ${name}`);
    utimesSync(at(name), mtime, mtime);
  }
  const large = Buffer.alloc(5 * 1024 * 1024, 'l');
  writeFileSync(at('large'), large);
  utimesSync(place.target, mtime, mtime);
  writeFileSync(place.archive, tar(place.target, '--format=posix', '--xattrs'));
  const before = describeTree(place.target);
  const inodes = new Map(
    [...names, 'empty', 'large'].map((name) => [name, statSync(at(name)).ino]),
  );

  writeFileSync(at('content'), 'content of CONTENT');
  utimesSync(at('content'), mtime, mtime);
  utimesSync(at('mtime'), mtime, mtime + 0.000_001);
  chmodSync(at('mode'), 0o600);
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'later', at('xattr')]);
  if (process.geteuid?.() === 0) execFileSync('chown', ['12345', at('owner')]);
  else chmodSync(at('owner'), 0o604);
  linkSync(at('linked'), join(place.base, 'other name'));
  writeFileSync(at('longer'), 'content of longer and more');
  utimesSync(at('longer'), mtime, mtime);

  const { result } = await restore(place, { inPlace: true });
  const same = [...inodes].filter(([name, inode]) => statSync(at(name)).ino === inode);
  assert.deepEqual(same.map(([name]) => name).sort(), ['as it was', 'empty']);
  assert.deepEqual([result.files, result.unchanged, result.replaced], [10, 2, 8]);
  assertSameTree(describeTree(place.target), before);
});

test('in place: the last member of a name counts, also when the one before it differs', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  mkdirSync(place.target);
  const file = join(place.target, 'twice');
  const archive = join(place.base, 'twice.tar');
  for (const [content, action] of [
    ['first', '-cf'],
    ['last!', '-rf'],
  ] as const) {
    writeFileSync(file, content);
    utimesSync(file, mtime, mtime);
    execFileSync('tar', ['--format=posix', action, archive, '-C', place.target, 'twice']);
  }
  writeFileSync(place.archive, execFileSync('gzip', ['-c', archive]));
  await restore(place, { inPlace: true });
  assert.equal(readFileSync(file, 'utf8'), 'last!');
});

test('in place: what a newer SQLite database left beside an unchanged one is removed, counted, and said in the dry run', async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  mkdirSync(place.target);
  const file = join(place.target, 'app.db');
  const monday = new DatabaseSync(file);
  monday.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (day); INSERT INTO t VALUES ('monday')");
  monday.close();
  writeFileSync(join(place.target, 'text-wal'), 'no journal: there is no database `text`');
  writeFileSync(join(place.target, 'text'), 'x'.repeat(512));
  writeFileSync(place.archive, tar(place.target, '--format=posix'));
  // What a killed process leaves: the database as it was, and all that is new beside it.
  const killed = spawnSync(process.execPath, [
    '-e',
    `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)});
     db.exec("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES ('tuesday')");
     process.kill(process.pid, 'SIGKILL')`,
  ]);
  assert.equal(killed.signal, 'SIGKILL');
  assert.ok(existsSync(`${file}-wal`));

  const plan = await planExtract({
    archive: place.archive,
    to: place.target,
    inPlace: true,
    progress: silentProgress(),
  });
  assert.deepEqual(plan.removed, { count: 2, names: ['app.db-wal', 'app.db-shm'] });
  const { result } = await restore(place, { inPlace: true });
  assert.deepEqual([result.journals, result.unchanged], [2, 3]);
  assert.deepEqual([existsSync(`${file}-wal`), existsSync(`${file}-shm`)], [false, false]);
  assert.ok(existsSync(join(place.target, 'text-wal')));
  const restored = new DatabaseSync(file);
  assert.deepEqual(
    restored
      .prepare('SELECT day FROM t')
      .all()
      .map(({ day }) => day),
    ['monday'],
  );
  restored.close();
});
