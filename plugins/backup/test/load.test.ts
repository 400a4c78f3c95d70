import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it, type TestContext } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import type { DatabasePlan } from '@om-ops/kit/database';
import { type MariaDbServer, startMariaDb } from '@om-ops/test-support/mariadb';
import { type PostgresServer, startPostgres } from '@om-ops/test-support/postgres';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { extractArchive } from '../src/archive/extract/extract.ts';
import { writeDatabaseArchive } from '../src/database/archive.ts';
import { type LoadOptions, loadDatabase, planLoad } from '../src/load/load.ts';
import { dumpHints } from '../src/restore/dump-hints.ts';
import { failureOf, serverPlan } from './dumping.ts';

async function loading(t: TestContext, plan: DatabasePlan, into: string): Promise<LoadOptions> {
  const folder = temporaryFolder(t);
  const archive = join(folder, 'db.tar.gz');
  await using output = await open(archive, 'w');
  const progress = silentProgress();
  await writeDatabaseArchive(plan, { output, progress, folder, version: '1' });
  return {
    source: {
      archive,
      sidecar: undefined,
      lack: 'absent',
      category: 'database',
      warnings: [],
      belongs: 'own',
      doubt: undefined,
      whole: undefined,
    },
    into,
    database: undefined,
    table: undefined,
    plan,
    folder,
    progress,
  };
}

describe('a dump of MariaDB', { timeout: 120_000 }, () => {
  let server: MariaDbServer;
  let plan: DatabasePlan;
  before(async () => {
    server = await startMariaDb();
    await server.sql(`CREATE DATABASE shop CHARACTER SET latin1; USE shop;
      CREATE TABLE item (id INT PRIMARY KEY, name TEXT CHARACTER SET utf8mb4);
      INSERT INTO item VALUES (1, 'a'), (2, '😀 ''(3),(4);\\n-- x');
      CREATE TABLE log (id INT, item INT, FOREIGN KEY (item) REFERENCES item (id)); INSERT INTO log VALUES (1, 1);
      CREATE TABLE empty_one (a INT); CREATE VIEW v AS SELECT * FROM item;
      CREATE TRIGGER t AFTER INSERT ON item FOR EACH ROW INSERT INTO log VALUES (NEW.id, NEW.id);
      CREATE PROCEDURE p() SELECT 1;`);
    plan = serverPlan('mysql', { host: '127.0.0.1', port: server.port, user: 'root' }, ['shop']);
  });
  after(() => server.stop());

  it('goes into a new database, equal in tables and rows', async (t) => {
    const options = await loading(t, plan, 'shop_new');
    const planned = await planLoad(options);
    assert.equal(planned.before, 'absent');
    assert.doesNotMatch(await server.sql('SHOW DATABASES'), /shop_new/);
    const loaded = await loadDatabase(options);
    assert.deepEqual([loaded.tables, loaded.rows, loaded.compared], [3, 3, true]);
    const sums = 'CHECKSUM TABLE item EXTENDED; CHECKSUM TABLE log EXTENDED';
    const plain = (text: string) => text.replaceAll('shop_new.', 'shop.');
    assert.equal(plain(await server.sql(sums, 'shop_new')), await server.sql(sums, 'shop'));
    assert.match(
      await server.sql(
        'SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = "shop_new"',
      ),
      /latin1/,
    );
    assert.match(await server.sql('SHOW TRIGGERS', 'shop_new'), /item/);
    // A second time it has tables.
    assert.equal((await failureOf(loadDatabase(options))).code, 'E_DATABASE_NOT_EMPTY');
    assert.deepEqual(readdirSync(options.folder), ['db.tar.gz']);
  });

  it('never goes over one that has tables', async (t) => {
    const options = await loading(t, plan, 'shop');
    const error = await failureOf(loadDatabase(options));
    assert.equal(error.code, 'E_DATABASE_NOT_EMPTY');
    assert.equal((await server.sql('SELECT COUNT(*) FROM item', 'shop')).trim(), '2');
  });

  it('is taken back when it fails in the middle', async (t) => {
    await server.sql(
      "CREATE USER 'app'@'%' IDENTIFIED BY 'pw'; GRANT ALL ON `shop\\_%`.* TO 'app'@'%'",
    );
    const options = await loading(t, plan, 'shop_half');
    const connection = { host: '127.0.0.1', port: server.port, user: 'app', password: 'pw' };
    const error = await failureOf(loadDatabase({ ...options, plan: { ...plan, connection } }));
    assert.match(error.message, /DEFINER.*was removed again/s);
    assert.doesNotMatch(await server.sql('SHOW DATABASES'), /shop_half/);
  });

  it('gives one table', async (t) => {
    const options = await loading(t, plan, 'only_item');
    const loaded = await loadDatabase({ ...options, table: 'item' });
    assert.deepEqual([loaded.tables, loaded.rows], [1, 2]);
    const error = await failureOf(loadDatabase({ ...options, into: 'none', table: 'nosuch' }));
    assert.equal(error.code, 'E_NO_TABLE');
    assert.doesNotMatch(await server.sql('SHOW DATABASES'), /none/);
  });
});

describe('a dump of PostgreSQL', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let plan: DatabasePlan;
  before(async () => {
    server = await startPostgres({ password: 'pw' });
    await server.sql('CREATE ROLE owner_of_it; CREATE DATABASE shop');
    await server.sql(
      `CREATE TABLE item (name TEXT); INSERT INTO item VALUES ('a'), (E'b\\nc\\\\.'); ALTER TABLE item OWNER TO owner_of_it;
       CREATE TABLE big (id SERIAL PRIMARY KEY, item TEXT); CREATE INDEX by_item ON big (item);
       CREATE TABLE other (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, big INT REFERENCES big (id)); CREATE INDEX other_i ON other (big); INSERT INTO big (item) SELECT 'x' FROM generate_series(1, 1000)`,
      'shop',
    );
    const connection = { host: '127.0.0.1', port: server.port, user: 'postgres', password: 'pw' };
    plan = serverPlan('postgres', connection, ['shop']);
  });
  after(() => server.stop());

  it('goes into a new database, equal in tables and rows, and never over one that has tables', async (t) => {
    const options = await loading(t, plan, 'shop_new');
    const loaded = await loadDatabase(options);
    assert.deepEqual([loaded.tables, loaded.rows, loaded.compared], [3, 1002, true]);
    const error = await failureOf(loadDatabase({ ...options, into: 'shop' }));
    assert.equal(error.code, 'E_DATABASE_NOT_EMPTY');
    assert.equal((await server.sql('SELECT count(*) FROM item', 'shop')).trim(), '2');
  });

  it('says which role is missing, and leaves nothing', async (t) => {
    const options = await loading(t, plan, 'shop_role');
    await server.sql('ALTER ROLE owner_of_it RENAME TO renamed');
    const error = await failureOf(loadDatabase(options));
    assert.equal(error.code, 'E_DATABASE_ROLE');
    assert.match(error.suggestions[0] ?? '', /CREATE ROLE "owner_of_it"/);
    assert.equal(
      (await server.sql("SELECT count(*) FROM pg_database WHERE datname = 'shop_role'")).trim(),
      '0',
    );
    await server.sql('ALTER ROLE renamed RENAME TO owner_of_it');
  });

  it('gives one table, with its key and sequence', async (t) => {
    const options = await loading(t, plan, 'only_big');
    const loaded = await loadDatabase({ ...options, table: 'big' });
    assert.deepEqual([loaded.tables, loaded.rows], [1, 1000]);
    assert.equal(
      (
        await server.sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'big'", 'only_big')
      ).trim(),
      '2',
    );
    await server.sql("INSERT INTO big (item) VALUES ('next')", 'only_big');
    assert.equal((await server.sql('SELECT max(id) FROM big', 'only_big')).trim(), '1001');
    const other = await loadDatabase({ ...options, into: 'only_other', table: 'public.other' });
    assert.match(other.swap.join(), /Foreign keys .* left out/);
  });

  it('is loaded by the hint into a new database only', async (t) => {
    const options = await loading(t, plan, 'x');
    const to = join(options.folder, 'out');
    await extractArchive({
      archive: options.source.archive,
      to,
      only: [],
      inPlace: false,
      progress: silentProgress(),
    });
    const hint = dumpHints(to, options.source.archive).at(-1) ?? '';
    assert.match(
      hint,
      /createdb -T template0 shop_new && zcat .*shop\.sql\.gz \| psql -X -1 -v ON_ERROR_STOP=1 shop_new/,
    );
    const run = () =>
      execFileSync('bash', ['-o', 'pipefail', '-c', hint.replaceAll('shop_new', 'by_hint')], {
        env: {
          ...process.env,
          PGHOST: '127.0.0.1',
          PGPORT: String(server.port),
          PGUSER: 'postgres',
          PGPASSWORD: 'pw',
        },
        stdio: 'ignore',
      });
    run();
    assert.throws(run);
    assert.equal((await server.sql('SELECT count(*) FROM item', 'by_hint')).trim(), '2');
  });
});

describe('a dump of SQLite', () => {
  it('goes into a new file only', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'data'));
    const file = join(folder, 'data/app.db');
    const source = new DatabaseSync(file);
    source.exec(`PRAGMA journal_mode = WAL; CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE log (a); CREATE TABLE empty_one (a);
      CREATE TRIGGER t AFTER INSERT ON item BEGIN INSERT INTO log VALUES (CASE WHEN 1 THEN 'a;' END); SELECT 1; END;
      INSERT INTO item (name) VALUES ('a'), ('it''s; -- ü'), ('"(1),(2)');`);
    source.close();
    const plan: DatabasePlan = {
      engine: 'sqlite',
      connection: {},
      databases: [{ name: 'app', member: 'app.sql.gz', file }],
    };
    const into = join(folder, 'new.db');
    const options = await loading(t, plan, into);
    const loaded = await loadDatabase(options);
    assert.deepEqual([loaded.tables, loaded.rows, loaded.compared], [3, 6, true]);
    const db = new DatabaseSync(into);
    assert.deepEqual(
      db
        .prepare('SELECT name FROM item ORDER BY id')
        .all()
        .map((row) => row.name),
      ['a', "it's; -- ü", '"(1),(2)'],
    );
    assert.equal(
      db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'trigger'").get()?.n,
      1,
    );
    db.close();
    assert.equal((await failureOf(loadDatabase(options))).code, 'E_DATABASE_NOT_EMPTY');
    const one = await loadDatabase({ ...options, into: join(folder, 'one.db'), table: 'log' });
    assert.deepEqual([one.tables, one.rows], [1, 3]);
    await failureOf(loadDatabase({ ...options, into: join(folder, 'none.db'), table: 'nosuch' }));
    assert.ok(!existsSync(join(folder, 'none.db')));
  });
});
