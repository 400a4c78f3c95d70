import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Progress, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { dumpDatabases } from '../src/database/dump.ts';
import { sqliteDump } from '../src/database/sqlite/dump.ts';
import { failureOf, sqlitePlan } from './dumping.ts';

const schema = `
PRAGMA user_version = 7; PRAGMA application_id = 99;
CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT, c BLOB, d REAL, e AS (a * 2) STORED, f AS (b || 'x'));
INSERT INTO t (b, c, d) VALUES ('x' || char(0) || 'y''z', x'00ff', 0.1), (CAST(x'ff41' AS TEXT), zeroblob(10), 9e999),
  ('😀 -- Dump completed' || char(10), NULL, -5.0), (9223372036854775807, 1, 1e-300), ('', x'', -0.0);
INSERT INTO t (a, b) VALUES (-9223372036854775807 - 1, 'least'), (9223372036854775806, 'most');
DELETE FROM t WHERE a = 1; INSERT INTO t (a, b) VALUES (1, char(0));
CREATE TABLE no_row (k TEXT, v, PRIMARY KEY (k)) WITHOUT ROWID; INSERT INTO no_row VALUES ('b''"', 2.5), ('a', 1);
CREATE TABLE plain (x); INSERT INTO plain VALUES (1), (2), (3); DELETE FROM plain WHERE x = 2;
CREATE TABLE "odd ""name" (rowid TEXT, oid TEXT); INSERT INTO "odd ""name" VALUES ('a', 'b');
CREATE TABLE all_taken (rowid, oid, _rowid_); INSERT INTO all_taken VALUES (1, 2, 3);
CREATE TABLE strict_one (a INT, b TEXT) STRICT; INSERT INTO strict_one VALUES (1, 'q');
CREATE TABLE descending (a INTEGER PRIMARY KEY DESC, b); INSERT INTO descending VALUES (5, 'q');
CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (p REFERENCES parent (id));
CREATE TABLE empty_one (a);
CREATE INDEX ix ON t (b); CREATE UNIQUE INDEX iy ON t (a, c) WHERE a > 1; CREATE INDEX covering ON plain (x DESC);
CREATE VIEW v AS SELECT * FROM t -- a comment
;
CREATE VIEW broken AS SELECT * FROM gone;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO plain VALUES (new.a); END;
CREATE VIRTUAL TABLE f USING fts5 (b, content = 't', content_rowid = 'a'); INSERT INTO f (f) VALUES ('rebuild');
CREATE VIRTUAL TABLE g USING fts5 (b); INSERT INTO g VALUES ('hello world'), ('bye'); DELETE FROM g WHERE rowid = 2;
CREATE VIRTUAL TABLE h USING fts4 (b); INSERT INTO h VALUES ('hello world'), ('bye');
CREATE VIRTUAL TABLE r USING rtree (id, x, y); INSERT INTO r VALUES (1, 2, 3), (2, 5, 6);
ANALYZE;`;

const questions = [
  'SELECT quote(a), hex(b), typeof(b), quote(c), quote(d), hex(e), hex(f) FROM t ORDER BY a',
  'SELECT rowid, * FROM plain ORDER BY rowid',
  'SELECT * FROM no_row',
  'SELECT _rowid_, * FROM "odd ""name"',
  'SELECT * FROM all_taken',
  'SELECT * FROM strict_one',
  'SELECT rowid, * FROM descending',
  "SELECT rowid, * FROM g WHERE g MATCH 'hello OR bye'",
  `SELECT rowid FROM f WHERE f MATCH '"😀" OR least'`,
  "SELECT * FROM h WHERE h MATCH 'bye'",
  'SELECT * FROM r WHERE x > 3',
  'SELECT * FROM sqlite_stat1',
  'SELECT * FROM sqlite_sequence',
  'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2',
  'PRAGMA user_version',
  'PRAGMA application_id',
  'PRAGMA encoding',
  'PRAGMA journal_mode',
  'PRAGMA integrity_check',
  "INSERT INTO f (f) VALUES ('integrity-check')",
  "INSERT INTO g (g) VALUES ('integrity-check')",
];

function answers(file: string): string[] {
  const db = new DatabaseSync(file);
  try {
    return questions.map((question) => {
      const statement = db.prepare(question);
      statement.setReadBigInts(true);
      return JSON.stringify([question, statement.all()], (_, value) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
    });
  } finally {
    db.close();
  }
}

async function dumped(file: string, folder: string): Promise<Buffer> {
  await using dumps = await dumpDatabases(sqlitePlan(file), { folder, progress: silentProgress() });
  return gunzipSync(readFileSync(dumps.members[0]!.path));
}

/** Runs in a process: writes pairs of rows, each pair in one transaction, until it is told to stop. */
const writerCode = `
const { DatabaseSync } = require('node:sqlite');
const [, file, reopens] = process.argv;
const open = () => new DatabaseSync(file, { timeout: 10000 });
let db = open();
let on = true;
process.on('message', () => { on = false; });
process.on('disconnect', () => process.exit());
let id = 0;
(function step() {
  db.exec('BEGIN IMMEDIATE; INSERT INTO first VALUES (' + ++id + '); INSERT INTO last VALUES (' + id + '); COMMIT');
  if (id === 5) process.send('going');
  if (reopens) { db.close(); if (on) db = open(); }
  if (on) setTimeout(step, reopens && id % 10 === 0 ? 150 : 0);
  else { if (!reopens) db.close(); process.send(id); process.disconnect(); }
})();`;

/** Holds a database exclusively until it is told to let go. */
const holderCode = `
const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync(process.argv[1]);
db.exec('BEGIN EXCLUSIVE; INSERT INTO t VALUES (1)');
process.on('message', (what) => { db.exec(what); db.close(); process.disconnect(); });
process.send('held');`;

/** In a process of its own, as SQLite's locks are between processes. Resolves at its first message. */
async function started(t: TestContext, code: string, ...given: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', code, ...given], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

describe('dumps of SQLite', { timeout: 60_000 }, () => {
  for (const mode of ['wal', 'delete']) {
    it(`restore to an equal database (journal_mode ${mode})`, async (t) => {
      const folder = temporaryFolder(t);
      const file = join(folder, 'app.db');
      const source = new DatabaseSync(file);
      source.exec(`PRAGMA journal_mode = ${mode}; ${schema}`);
      const work = join(folder, 'work');
      mkdirSync(work);
      const sql = await dumped(file, work);
      source.close();
      assert.deepEqual(readdirSync(work), []);
      assert.ok(sql.toString().endsWith('\n-- Dump completed\n'));
      execFileSync('sqlite3', ['-bail', join(folder, 'restored.db')], { input: sql });
      assert.deepEqual(answers(join(folder, 'restored.db')), answers(file));
    });
  }

  it('keep UTF-16 databases as they are', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'app.db');
    const source = new DatabaseSync(file);
    source.exec(`PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a TEXT, b BLOB);
      INSERT INTO t VALUES ('Ärger 😀 ''q''', x'00ff'), ('a' || char(0) || 'ü', NULL), ('', x'')`);
    source.close();
    const sql = await dumped(file, folder);
    execFileSync('sqlite3', ['-bail', join(folder, 'restored.db')], { input: sql });
    const [before, after] = [file, join(folder, 'restored.db')].map((path) => {
      const db = new DatabaseSync(path);
      const rows = db
        .prepare('SELECT hex(CAST(a AS BLOB)) a, typeof(a) k, quote(b) b FROM t')
        .all();
      return JSON.stringify([rows, db.prepare('PRAGMA encoding').get()]);
    });
    assert.equal(after, before);
  });

  it('write tables of unknown extensions into the schema', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'app.db');
    const source = new DatabaseSync(file);
    source.enableDefensive?.(false);
    source.exec(`CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', 'vec', 'vec', 0, 'CREATE VIRTUAL TABLE vec USING vec0(a)')`);
    source.close();
    const sql = (await dumped(file, folder)).toString();
    assert.match(sql, /INSERT INTO sqlite_schema.*CREATE VIRTUAL TABLE vec USING vec0\(a\)/);
    execFileSync('sqlite3', ['-bail', join(folder, 'restored.db')], { input: sql });
  });

  it('restore whatever is in a table', async (t) => {
    const folder = temporaryFolder(t);
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double({ noNaN: true }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.constant(null),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value), { maxLength: 20 }), async (rows) => {
        const file = join(folder, `${run++}.db`);
        const db = new DatabaseSync(file);
        db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE t (a, b)');
        const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
        for (const [a, b] of rows) insert.run(a, b);
        const content = (of: DatabaseSync) =>
          JSON.stringify(
            of
              .prepare('SELECT typeof(a), quote(a), hex(a), typeof(b), quote(b), hex(b) FROM t')
              .all(),
          );
        const pieces: Uint8Array[] = [];
        for await (const piece of sqliteDump(file, 'x')) pieces.push(piece);
        const restored = new DatabaseSync(':memory:');
        restored.exec(Buffer.concat(pieces).toString());
        assert.equal(content(restored), content(db));
        db.close();
        restored.close();
      }),
      { numRuns: 60 },
    );
  });

  it('can have 2000 columns and a row larger than a chunk', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'wide.db');
    const source = new DatabaseSync(file);
    const columns = Array.from({ length: 1500 }, (_, index) => `c${index}`);
    source.exec(`CREATE TABLE wide (${columns.join(',')}); INSERT INTO wide VALUES (${columns.map((_, index) => index).join(',')});
      CREATE TABLE big (a); INSERT INTO big VALUES (randomblob(3000000)), (1)`);
    const sql = await dumped(file, folder);
    execFileSync('sqlite3', ['-bail', join(folder, 'restored.db')], { input: sql });
    const restored = new DatabaseSync(join(folder, 'restored.db'));
    for (const question of ['SELECT * FROM wide', 'SELECT hex(a) FROM big']) {
      assert.deepEqual(restored.prepare(question).all(), source.prepare(question).all());
    }
    source.close();
  });

  for (const [mode, reopens] of [
    ['wal', ''],
    ['delete', ''],
    ['wal', 'reopens'],
  ] as const) {
    it(`are one moment while it is written to (journal_mode ${mode} ${reopens})`, async (t) => {
      const folder = temporaryFolder(t);
      const file = join(folder, 'app.db');
      const db = new DatabaseSync(file);
      db.exec(`PRAGMA journal_mode = ${mode}; PRAGMA synchronous = OFF; CREATE TABLE first (id); CREATE TABLE middle (a); CREATE TABLE last (id);
        WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 8000) INSERT INTO middle SELECT hex(randomblob(400)) FROM c`);
      db.close();
      const writer = await started(t, writerCode, file, reopens);
      for (let round = 0; round < (reopens ? 5 : 2); round++) {
        const sql = (await dumped(file, folder)).toString();
        const rows = (table: string) =>
          new RegExp(`INSERT INTO "${table}"[^;]*VALUES\\s([^;]*);`).exec(sql)?.[1];
        assert.ok((rows('first') ?? '').length > 0);
        assert.equal(rows('last'), rows('first'));
      }
      writer.send('stop');
      const [written] = await once(writer, 'message');
      await once(writer, 'exit');
      assert.ok(Number(written) > 5, 'the writer went on');
      const after = new DatabaseSync(file);
      assert.equal(after.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
      assert.equal(after.prepare('SELECT count(*) n FROM last').get()?.n, written);
      after.close();
      assert.deepEqual(readdirSync(folder), ['app.db']);
    });
  }

  it('wait for a writer that holds the database, and can be interrupted', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'app.db');
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE t (a)');
    db.close();
    const holder = await started(t, holderCode, file);
    const waiting = dumped(file, folder);
    setTimeout(() => holder.send('COMMIT'), 200);
    assert.match((await waiting).toString(), /INSERT INTO "t"/);
    const second = await started(t, holderCode, file);
    const controller = new AbortController();
    const progress: Progress = { report() {}, warn() {}, signal: controller.signal };
    setTimeout(() => controller.abort(), 100);
    const error = await failureOf(dumpDatabases(sqlitePlan(file), { folder, progress }));
    assert.equal(error.code, 'E_INTERRUPTED');
    second.send('ROLLBACK');
    await once(second, 'exit');
    assert.deepEqual(readdirSync(folder), ['app.db']);
  });

  it('roll back what a crashed writer left', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'app.db');
    const script = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(process.argv[1]);
      db.exec('PRAGMA cache_size = 1; CREATE TABLE t (a); INSERT INTO t VALUES (1)');
      db.exec("BEGIN; WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000) INSERT INTO t SELECT hex(randomblob(400)) FROM c");
      process.kill(process.pid, 'SIGKILL');`;
    assert.throws(() => execFileSync(process.execPath, ['-e', script, file], { stdio: 'ignore' }));
    assert.ok(readdirSync(folder).includes('app.db-journal'));
    const sql = (await dumped(file, folder)).toString();
    assert.match(sql, /INSERT INTO "t"\(rowid,"a"\) VALUES\n\(1,1\);/);
  });

  it('explain what is no database, damaged, missing or forbidden', async (t) => {
    const folder = temporaryFolder(t);
    const work = temporaryFolder(t);
    const put = (name: string, content: Uint8Array | string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const source = new DatabaseSync(join(folder, 'good.db'));
    source.exec(`CREATE TABLE t (a);
      WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 500) INSERT INTO t SELECT hex(randomblob(200)) FROM c`);
    source.close();
    const damaged = Buffer.from(readFileSync(join(folder, 'good.db')));
    damaged.fill(0xaa, 4096 * 3, 4096 * 6);
    mkdirSync(join(folder, 'folder.db'));
    const attempt = (file: string) =>
      failureOf(dumpDatabases(sqlitePlan(file), { folder: work, progress: silentProgress() }));
    const cases: [file: string, code: string, exit: number][] = [
      [
        put(
          'text.db',
          'This is no database, only text that is long enough for a header.'.repeat(20),
        ),
        'E_DATABASE_DAMAGED',
        1,
      ],
      [put('damaged.db', damaged), 'E_DATABASE_DAMAGED', 1],
      [join(folder, 'missing.db'), 'E_NOT_FOUND', 5],
      [join(folder, 'folder.db'), 'E_DATABASE_UNKNOWN', 5],
    ];
    if (process.getuid?.() !== 0) {
      chmodSync(join(folder, 'good.db'), 0);
      cases.push([join(folder, 'good.db'), 'E_PERMISSION', 5]);
    }
    for (const [file, code, exit] of cases) {
      const error = await attempt(file);
      assert.deepEqual([error.code, error.exit], [code, exit], error.message);
      assert.ok(error.message.includes(file));
      assert.ok(error.suggestions.length > 0);
    }
    assert.deepEqual(readdirSync(work), []);
  });

  it('take an empty file for an empty database', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'empty.db'), '');
    assert.match(
      (await dumped(join(folder, 'empty.db'), folder)).toString(),
      /COMMIT;\n-- Dump completed\n$/,
    );
  });

  it('need little memory, whatever the size', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'big.db');
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB);
      WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 60000)
      INSERT INTO t SELECT x, replace(hex(zeroblob(350)), '0', 'ab'), zeroblob(60) FROM c`);
    db.close();
    const script = `
      const { dumpDatabases } = await import(${JSON.stringify(new URL('../src/database/dump.ts', import.meta.url))});
      const { silentProgress } = await import('@om-ops/kit');
      await using dumps = await dumpDatabases(${JSON.stringify(sqlitePlan(file))}, { folder: ${JSON.stringify(folder)}, progress: silentProgress(), level: 1 });
      console.log(JSON.stringify({ raw: dumps.members[0].rawBytes, rss: process.resourceUsage().maxRSS }));`;
    const out = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    const { raw, rss } = JSON.parse(out);
    assert.ok(raw > 80e6, `${raw} bytes`);
    assert.ok(rss < 250 * 1024, `${rss} KiB`);
    t.diagnostic(`${raw} bytes dumped with ${Math.round(rss / 1024)} MiB`);
  });
});
