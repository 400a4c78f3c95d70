import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { type Progress, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { createArchive } from '../src/archive/archive.ts';
import { extractArchive } from '../src/archive/extract/extract.ts';
import { databaseCopier } from '../src/create/database-copier.ts';

function databaseIn(folder: string, rows: number, text: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const db = new DatabaseSync(join(folder, 'app.db'));
  db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, k INT, day TEXT); CREATE INDEX by_k ON t (k);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO t SELECT i, i, '${text}' || hex(randomblob(100)) FROM n; PRAGMA wal_checkpoint(TRUNCATE)`);
  return db;
}

async function archived(t: TestContext, source: string, progress: Progress = silentProgress()) {
  const work = temporaryFolder(t);
  const archive = join(work, 'x.tar.gz');
  await using output = await open(archive, 'w');
  const databases = databaseCopier(work);
  const made = await createArchive({ source, exclude: [], output, progress, databases, level: 1 });
  assert.deepEqual(readdirSync(work), ['x.tar.gz']);
  return { archive, ...made };
}

async function restored(t: TestContext, archive: string): Promise<string> {
  const to = join(temporaryFolder(t), 'out');
  await extractArchive({ archive, to, only: [], inPlace: false, progress: silentProgress() });
  return to;
}

function check(file: string): { integrity: unknown; rows: unknown } {
  const db = new DatabaseSync(file);
  try {
    return {
      integrity: db.prepare('PRAGMA integrity_check').get()?.integrity_check,
      rows: db.prepare('SELECT count(*) AS n FROM t').get()?.n,
    };
  } finally {
    db.close();
  }
}

describe('a live SQLite database in a folder', () => {
  it('is archived as it was at one moment, although file and journal are far apart', async (t) => {
    const source = temporaryFolder(t);
    const data = join(source, 'data');
    const db = databaseIn(data, 2000, 'x');
    const big = openSync(join(data, 'app.db-big'), 'w');
    for (let done = 0; done < 40; done++) writeSync(big, randomBytes(1024 * 1024));
    closeSync(big);
    let changed = false;
    const progress = {
      ...silentProgress(),
      report: ({ bytes = 0 }: { bytes?: number }) => {
        if (changed || bytes < 10 * 1024 * 1024) return;
        changed = true;
        db.exec(
          'UPDATE t SET k = k + 100000; PRAGMA wal_checkpoint(RESTART); UPDATE t SET k = k + 1 WHERE id % 7 = 0',
        );
      },
    };
    const made = await archived(t, source, progress);
    db.close();
    assert.equal(changed, true);
    assert.deepEqual(made.databaseCopies, ['data/app.db']);
    assert.deepEqual(made.skipped, []);
    const out = await restored(t, made.archive);
    assert.deepEqual(readdirSync(join(out, 'data')), ['app.db', 'app.db-big']);
    assert.deepEqual(check(join(out, 'data/app.db')), { integrity: 'ok', rows: 2000 });
  });

  it('is whole in every run while somebody writes to it all the time', async (t) => {
    const source = temporaryFolder(t);
    databaseIn(source, 20_000, 'x').close();
    const script = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(join(source, 'app.db'))}, { timeout: 10_000 });
      db.exec('PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 50');
      console.log('ready');
      const step = () => { for (let i = 0; i < 20; i++) db.exec('UPDATE t SET k = abs(random()) % 1000 WHERE id % 97 = ' + (i + Date.now()) % 97); setImmediate(step); };
      step();`;
    const writer = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => writer.kill('SIGKILL'));
    await once(writer.stdout, 'data');
    for (let run = 0; run < 3; run++) {
      const made = await archived(t, source);
      assert.deepEqual(made.databaseCopies, ['app.db']);
      const out = await restored(t, made.archive);
      assert.deepEqual(check(join(out, 'app.db')), { integrity: 'ok', rows: 20_000 });
    }
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
  });

  it('keeps mode, time and hard links; one that only begins like a database stays what it is', async (t) => {
    const source = temporaryFolder(t);
    databaseIn(source, 10, 'x').close();
    chmodSync(join(source, 'app.db'), 0o640);
    utimesSync(join(source, 'app.db'), 1_700_000_000, 1_700_000_000);
    linkSync(join(source, 'app.db'), join(source, 'link.db'));
    const fake = Buffer.alloc(4096);
    fake.write('SQLite format 3\0');
    writeFileSync(join(source, 'fake.db'), fake);
    writeFileSync(join(source, 'fake.db-wal'), 'kept');
    const made = await archived(t, source);
    assert.deepEqual(made.databaseCopies, ['app.db']);
    assert.deepEqual(made.skipped, []);
    const out = await restored(t, made.archive);
    const stat = statSync(join(out, 'app.db'));
    assert.deepEqual([stat.mode & 0o777, stat.mtimeMs, stat.nlink], [0o640, 1_700_000_000_000, 2]);
    assert.equal(statSync(join(out, 'fake.db')).size, 4096);
    assert.ok(existsSync(join(out, 'fake.db-wal')));
  });

  it('is named when nobody lets us copy it', { timeout: 120_000 }, async (t) => {
    const source = temporaryFolder(t);
    const db = new DatabaseSync(join(source, 'app.db'));
    db.exec(
      'CREATE TABLE t (a); INSERT INTO t VALUES (1); BEGIN EXCLUSIVE; INSERT INTO t VALUES (2)',
    );
    const made = await archived(t, source);
    db.exec('COMMIT');
    db.close();
    assert.deepEqual(made.databaseCopies, []);
    assert.ok(made.skipped.some(({ path, reason }) => path === 'app.db' && reason === 'changed'));
  });
});

describe('a SQLite database restored in place', () => {
  it('is what was backed up, whatever a newer one left in its journal', async (t) => {
    const source = temporaryFolder(t);
    databaseIn(source, 2000, 'monday').close();
    const { archive } = await archived(t, source);
    const script = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(join(source, 'app.db'))});
      db.exec("PRAGMA wal_autocheckpoint = 0; UPDATE t SET day = 'tuesday' WHERE id % 3 = 0; INSERT INTO t (k, day) SELECT k, 'tuesday' FROM t");
      process.kill(process.pid, 'SIGKILL');`;
    await once(spawn(process.execPath, ['-e', script]), 'exit');
    assert.ok(existsSync(join(source, 'app.db-wal')));
    await extractArchive({
      archive,
      to: source,
      only: [],
      inPlace: true,
      progress: silentProgress(),
    });
    assert.ok(!existsSync(join(source, 'app.db-wal')));
    assert.deepEqual(check(join(source, 'app.db')), { integrity: 'ok', rows: 2000 });
    const db = new DatabaseSync(join(source, 'app.db'));
    const days = db.prepare("SELECT count(*) AS n FROM t WHERE day LIKE 'monday%'").get();
    db.close();
    assert.equal(days?.n, 2000);
  });
});
