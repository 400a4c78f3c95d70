import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { dumpDatabases } from '../src/database/dump.ts';
import { sqlitePlan } from './dumping.ts';

async function dumped(file: string, folder: string): Promise<Buffer> {
  await using dumps = await dumpDatabases(sqlitePlan(file), { folder, progress: silentProgress() });
  return gunzipSync(readFileSync(dumps.members[0]!.path));
}

/** Names, contents and times of what is in a folder. */
function traces(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { mtimeMs, size, mode } = statSync(path);
    return [name, mtimeMs, size, mode, readFileSync(path).toString('base64')].join(' ');
  });
}

/** A database in WAL mode that nobody has open. `left` is what a crash left beside it. */
function walDatabase(folder: string, ...left: ('-wal' | '-shm')[]): string {
  const file = join(folder, 'app.db');
  const made = join(folder, 'made.db');
  const db = new DatabaseSync(made);
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (41)');
  if (left.length === 0) db.close();
  for (const suffix of ['', ...left]) copyFileSync(made + suffix, file + suffix);
  if (db.isOpen) db.close();
  rmSync(made);
  return file;
}

describe('dumps of SQLite and what is beside it', { timeout: 60_000 }, () => {
  for (const left of [[], ['-wal'], ['-wal', '-shm']] as ('-wal' | '-shm')[][]) {
    it(`leave no trace beside a database in WAL mode${left.map((suffix) => ` with ${suffix}`).join('')}`, async (t) => {
      const [folder, work] = [temporaryFolder(t), temporaryFolder(t)];
      const file = walDatabase(folder, ...left);
      const before = traces(folder);
      const sql = (await dumped(file, work)).toString();
      assert.match(sql, /\(1,41\)[\s\S]*PRAGMA journal_mode=WAL/);
      // The index of the WAL is for whoever reads it, and is written by doing so.
      const lasting = (trace: string) => !trace.startsWith('app.db-shm');
      assert.deepEqual(traces(folder).filter(lasting), before.filter(lasting));
      assert.equal(readdirSync(folder).length, before.length);
      assert.deepEqual(readdirSync(work), []);
    });
  }

  it('read a database in WAL mode in a folder that may not be written to', async (t) => {
    const [folder, work] = [temporaryFolder(t), temporaryFolder(t)];
    const attempt = `
      const { dumpDatabases } = await import(${JSON.stringify(new URL('../src/database/dump.ts', import.meta.url))});
      const { databaseRequirements } = await import(${JSON.stringify(new URL('../src/database/requirements.ts', import.meta.url))});
      const { databaseDefaults } = await import('@om-ops/kit/database');
      const { silentProgress } = await import('@om-ops/kit');
      const [, file, folder] = process.argv;
      const plan = { engine: 'sqlite', connection: {}, databases: [{ name: 'x', member: 'x.sql.gz', file }] };
      const said = await dumpDatabases(plan, { folder, progress: silentProgress() })
        .then(async (dumps) => { await dumps[Symbol.asyncDispose](); return ['ok']; }, (error) => [error.code, error.exit]);
      const section = { ...databaseDefaults, engine: 'sqlite', files: [file] };
      const doctor = databaseRequirements({ section, root: '/', env: { values: new Map(), origins: new Map() } });
      console.log(JSON.stringify([...said, ...doctor.map(({ state }) => state)]));`;
    const ids = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const run = (file: string): unknown =>
      JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '--eval', attempt, file, work], {
          cwd: import.meta.dirname,
          encoding: 'utf8',
          ...ids,
        }),
      );
    try {
      execFileSync(process.execPath, ['-e', ''], { cwd: import.meta.dirname, ...ids });
    } catch {
      t.skip('takes a checkout that others may read');
      return;
    }
    if (ids.uid !== undefined) chownSync(work, ids.uid, ids.gid);
    const file = walDatabase(folder);
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    const read = run(file);
    chmodSync(folder, 0o755);
    assert.deepEqual(read, ['ok', 'ok']);
    for (const suffix of ['-wal', '-shm']) {
      writeFileSync(file + suffix, 'x'.repeat(100), { mode: 0 });
      chmodSync(file + suffix, 0);
    }
    chmodSync(folder, 0o555);
    const refused = run(file);
    chmodSync(folder, 0o755);
    assert.deepEqual(refused, ['E_PERMISSION', 5, 'missing']);
  });

  it('leave out a further database of the env files that is not there', async (t) => {
    const folder = temporaryFolder(t);
    const file = walDatabase(folder);
    const both = sqlitePlan(file, join(folder, 'auth.db'));
    both.databases[1]!.optional = true;
    const warnings: string[] = [];
    const progress = { ...silentProgress(), warn: (text: string) => warnings.push(text) };
    await using dumps = await dumpDatabases(both, { folder, progress });
    assert.deepEqual(
      dumps.members.map(({ name }) => name),
      ['db0'],
    );
    assert.match(warnings.join(), /auth\.db/);
  });
});
