import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type OpsError, type Progress, silentProgress } from '@om-ops/kit';
import type { DatabaseConnection } from '@om-ops/kit/database';
import { type MariaDbServer, startMariaDb } from '@om-ops/test-support/mariadb';
import { watchForLeaks } from '@om-ops/test-support/processes';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { planDatabaseArchive, writeDatabaseArchive } from '../src/database/archive.ts';
import { dumpDatabases } from '../src/database/dump.ts';
import {
  addAppAndFiller,
  awkwardPassword,
  serverPlan,
  useHome,
  useOnly,
  usePath,
} from './dumping.ts';

const schema = `
SET NAMES utf8mb4;
CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE DATABASE auth CHARACTER SET latin1;
USE auth;
CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(50)) DEFAULT CHARSET latin1;
INSERT INTO users VALUES (1, 'Zoë'), (2, 'Ñandú');
USE shop;
CREATE TABLE customers (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  note TEXT, picture LONGBLOB, code BINARY(4), flags BIT(5), price DECIMAL(20,6), ratio DOUBLE,
  at DATETIME(6), stamp TIMESTAMP(3) NULL, kind ENUM('a','b''c'), doc JSON, place POINT,
  upper_name VARCHAR(100) AS (UPPER(name)) STORED, twice BIGINT AS (id * 2) VIRTUAL,
  KEY by_name (name)
);
INSERT INTO customers (name, note, picture, code, flags, price, ratio, at, stamp, kind, doc, place) VALUES
 ('Ärmel 😀 \\\\ ''quoted'' "double"', 'line 1\\nline 2\\r\\n-- Dump completed\\n\\0end', UNHEX('00FF0A0D5C27221A80C328'), UNHEX('00000001'), b'10101', 12345678901234.123456, 0.1e-300, '2024-02-29 23:59:59.999999', '2024-03-31 02:30:00.123', 'b''c', '{"a": [1, "ü"]}', POINT(1.5, -2)),
 ('', NULL, NULL, UNHEX('FFFFFFFF'), b'0', -0.000001, 1.7976931348623157e308, '1000-01-01', NULL, 'a', NULL, NULL);
CREATE TABLE \`odd \`\`name\` (\`a b\` INT, \`select\` INT);
INSERT INTO \`odd \`\`name\` VALUES (1, 2);
CREATE TABLE orders (id INT PRIMARY KEY, customer BIGINT UNSIGNED NOT NULL, FOREIGN KEY (customer) REFERENCES customers(id) ON DELETE CASCADE);
CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(200));
CREATE TABLE empty_one (id INT);
CREATE TABLE history (a INT) WITH SYSTEM VERSIONING;
INSERT INTO history VALUES (1); UPDATE history SET a = 2;
CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 10 NOCACHE;
SELECT NEXTVAL(numbers);
DELIMITER //
CREATE TRIGGER orders_after AFTER INSERT ON orders FOR EACH ROW BEGIN INSERT INTO audit (what) VALUES (CONCAT('order ', NEW.id)); END//
CREATE PROCEDURE raise_prices(IN p DECIMAL(5,2)) BEGIN UPDATE customers SET price = price * p; END//
CREATE FUNCTION greet(n VARCHAR(50)) RETURNS VARCHAR(100) CHARSET utf8mb4 DETERMINISTIC RETURN CONCAT('Grüß ', n, ' 😀')//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO BEGIN DELETE FROM audit; END//
DELIMITER ;
INSERT INTO orders VALUES (1, 1), (2, 1), (3, 2);
CREATE VIEW names AS SELECT id, upper_name FROM customers WHERE name <> 'ü';
CREATE VIEW view_of_view AS SELECT COUNT(*) c FROM names;
CREATE TABLE old_engine (id INT) ENGINE=MyISAM;
`;

/** Everything that tells whether two servers hold the same, as text. */
async function fingerprint(server: MariaDbServer, database: string): Promise<string> {
  const list = async (query: string) =>
    (await server.sql(query)).split('\n').filter((line) => line !== '');
  const where = `'${database}'`;
  const tables = await list(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = ${where} AND table_type NOT IN ('VIEW', 'SEQUENCE') ORDER BY 1`,
  );
  const name = (table: string) => `\`${table.replaceAll('`', '``')}\``;
  const statements = [
    ...tables.flatMap((table) => [
      `CHECKSUM TABLE ${name(table)} EXTENDED; SHOW CREATE TABLE ${name(table)}; SELECT COUNT(*) FROM ${name(table)};`,
    ]),
    `SELECT table_name, view_definition, definer, security_type FROM information_schema.views WHERE table_schema = ${where} ORDER BY 1;`,
    `SELECT routine_name, routine_type, routine_definition, dtd_identifier, sql_mode, character_set_client FROM information_schema.routines WHERE routine_schema = ${where} ORDER BY 1;`,
    `SELECT trigger_name, event_object_table, action_statement, action_timing, sql_mode FROM information_schema.triggers WHERE trigger_schema = ${where} ORDER BY 1;`,
    `SELECT event_name, event_definition, interval_value, interval_field, starts, status FROM information_schema.events WHERE event_schema = ${where} ORDER BY 1;`,
    `SELECT table_name, constraint_name, referenced_table_name, delete_rule FROM information_schema.referential_constraints WHERE constraint_schema = ${where} ORDER BY 1, 2;`,
    `SELECT table_name, column_name, generation_expression, extra, collation_name FROM information_schema.columns WHERE table_schema = ${where} ORDER BY 1, 2;`,
  ];
  return await server.sql(`SET NAMES utf8mb4; ${statements.join('\n')}`, database);
}

const plan = (connection: DatabaseConnection, ...names: string[]) =>
  serverPlan('mysql', connection, names);

describe('dumps of MariaDB', { timeout: 120_000 }, () => {
  let server: MariaDbServer;
  let app: DatabaseConnection;
  let root: DatabaseConnection;

  before(async () => {
    server = await startMariaDb();
    await server.sql(schema);
    app = await addAppAndFiller(server, 270_000);
    root = { socket: server.socket, user: 'root' };
  });
  after(() => server.stop());

  it('leaves out a further database of the env files that is not there', async (t) => {
    const folder = temporaryFolder(t);
    const both = serverPlan('mysql', root, ['shop', 'nosuch']);
    both.databases[1]!.optional = true;
    for (const ask of [true, false]) {
      if (!ask) useOnly(t, 'mariadb-dump');
      const warnings: string[] = [];
      const progress = { ...silentProgress(), warn: (text: string) => warnings.push(text) };
      await using dumps = await dumpDatabases(both, { folder, progress });
      assert.deepEqual(
        dumps.members.map(({ name }) => name),
        ['shop'],
      );
      assert.equal(warnings.filter((text) => text.includes('nosuch')).length, 1);
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  it('restore into an empty server, equal in everything', async (t) => {
    const folder = temporaryFolder(t);
    const warnings: string[] = [];
    const progress: Progress = { ...silentProgress(), warn: (message) => warnings.push(message) };
    const path = join(folder, 'db.tar.gz');
    {
      await using output = await open(path, 'wx+', 0o600);
      const watch = watchForLeaks([awkwardPassword, 'c4nary']);
      const totals = await writeDatabaseArchive(plan(app, 'shop', 'auth'), {
        output,
        progress,
        folder,
        version: '0.0.0',
      });
      const { leaks, looks, children } = watch.stop();
      assert.deepEqual(leaks, []);
      assert.ok(looks > 3);
      assert.ok(children.has('mariadb-dump'), [...children].join());
      assert.equal(totals.files, 3);
      assert.deepEqual([totals.skipped, totals.excluded, totals.directories], [[], [], 0]);
      const stat = await output.stat();
      assert.equal(stat.size, totals.bytes);
    }
    assert.deepEqual(readdirSync(folder), ['db.tar.gz'], 'nothing else is left');
    assert.match(warnings.join(), /1 table of shop knows no transactions \(old_engine\)/);

    const listed = execFileSync('tar', ['tf', path], { encoding: 'utf8' });
    assert.equal(listed, 'meta.json\nshop.sql.gz\nauth.sql.gz\n');
    execFileSync('tar', ['xf', path, '-C', folder]);
    const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
    assert.equal(meta.engine, 'mysql');
    assert.match(meta.server, /MariaDB/);
    assert.equal(meta.databases[0].collation, 'utf8mb4_unicode_ci');
    assert.equal(
      meta.databases[0].rawBytes,
      gunzipSync(readFileSync(join(folder, 'shop.sql.gz'))).length,
    );
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name));
      const text = name.endsWith('.gz') && name !== 'db.tar.gz' ? gunzipSync(content) : content;
      assert.ok(!text.includes('c4nary'), name);
    }

    await using empty = await startMariaDb();
    for (const { name, characterSet, collation } of meta.databases) {
      await empty.sql(`CREATE DATABASE ${name} CHARACTER SET ${characterSet} COLLATE ${collation}`);
      await empty.sql(gunzipSync(readFileSync(join(folder, `${name}.sql.gz`))).toString(), name);
      assert.equal(await fingerprint(empty, name), await fingerprint(server, name));
    }
    assert.equal(
      await empty.sql('SELECT NEXTVAL(shop.numbers)'),
      await server.sql('SELECT NEXTVAL(shop.numbers)'),
    );
    assert.equal(await empty.sql('SELECT COUNT(*) FROM shop.history FOR SYSTEM_TIME ALL'), '2\n');
  });

  it('is one moment, whatever is written meanwhile', async (t) => {
    const folder = temporaryFolder(t);
    await server.sql(`CREATE DATABASE IF NOT EXISTS pairs; USE pairs;
      CREATE TABLE aa (id INT PRIMARY KEY); CREATE TABLE mm (id INT PRIMARY KEY, f TEXT); CREATE TABLE zz (id INT PRIMARY KEY);
      INSERT INTO mm SELECT seq, REPEAT('x', 500) FROM seq_1_to_60000`);
    let writing = true;
    const writer = (async () => {
      for (let id = 1; writing; id++) {
        await server.sql(
          `START TRANSACTION; INSERT INTO aa VALUES (${id}); INSERT INTO zz VALUES (${id}); COMMIT`,
          'pairs',
        );
      }
    })();
    await waitFor(
      'the first rows',
      async () => Number(await server.sql('SELECT COUNT(*) FROM pairs.aa')) > 0,
    );
    await using dumps = await dumpDatabases(plan(root, 'pairs'), {
      folder,
      progress: silentProgress(),
    });
    writing = false;
    await writer;
    const sql = gunzipSync(readFileSync(dumps.members[0]!.path)).toString();
    const rows = (table: string) =>
      new RegExp(`INSERT INTO \`${table}\` VALUES\\s([^;]*);`).exec(sql)?.[1];
    assert.ok((rows('aa') ?? '').length > 0);
    assert.equal(rows('aa'), rows('zz'));
  });

  it('logs in with any password, and not with that of ~/.my.cnf', async (t) => {
    const folder = temporaryFolder(t);
    useHome(t, folder);
    writeFileSync(join(folder, '.my.cnf'), '[client]\nuser=nobody\npassword=other\n', {
      mode: 0o600,
    });
    for (const word of [
      ' lead',
      'trail ',
      '"q"',
      "'q'",
      '\\n',
      '\\',
      '#',
      ';',
      'a\tb',
      '=',
      '[x]',
      '😀',
      '%s',
      '$(id)',
    ]) {
      await server.sql(
        `CREATE OR REPLACE USER 'odd'@'%' IDENTIFIED BY '${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'; GRANT ALL ON auth.* TO 'odd'@'%'`,
      );
      await using dumps = await dumpDatabases(
        plan({ host: '127.0.0.1', port: server.port, user: 'odd', password: word }, 'auth'),
        { folder, progress: silentProgress() },
      );
      assert.equal(dumps.members.length, 1);
    }
  });

  it('makes no dump that an option file thins', async (t) => {
    const folder = temporaryFolder(t);
    useHome(t, folder);
    for (const [text, option] of [
      ['no-data', 'no-data'],
      ['where="1=0"', 'where'],
      ['ignore_table=shop.orders', 'ignore-table'],
      ['loose-no_create_info', 'no-create-info'],
    ] as const) {
      writeFileSync(join(folder, '.my.cnf'), `[mysqldump]\n${text}\n`, { mode: 0o600 });
      await assert.rejects(
        dumpDatabases(plan(root, 'shop'), { folder, progress: silentProgress() }),
        (error: OpsError) => {
          assert.equal(error.code, 'E_DUMP_OPTION', String(error));
          assert.match(error.message, new RegExp(`sets \`${option}\` for`));
          return true;
        },
      );
    }
    writeFileSync(join(folder, '.my.cnf'), '[mysqldump]\nquick\nno-data=0\n', {
      mode: 0o600,
    });
    await using dumps = await dumpDatabases(plan(root, 'shop'), {
      folder,
      progress: silentProgress(),
    });
    assert.equal(dumps.members.length, 1);
  });

  it('speaks to the mysqldump of MySQL too', async (t) => {
    const bin = temporaryFolder(t);
    const log = join(bin, 'log');
    const script = `#!/bin/sh
case "$1" in --print-defaults) exit 1;; --version) echo "mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)"; exit;; esac
for a in "$@"; do echo "$a"; done > ${log}; while read -r line; do echo "$line"; done < /dev/fd/3 >> ${log}
echo "-- Dump completed on 2026-01-01  0:00:00"`;
    writeFileSync(join(bin, 'mysqldump'), script, { mode: 0o755 });
    usePath(t, () => bin);
    const folder = temporaryFolder(t);
    await using dumps = await dumpDatabases(plan(root, 'shop'), {
      folder,
      progress: silentProgress(),
    });
    assert.equal(dumps.server.client, 'mysqldump 8.0.36');
    const said = readFileSync(log, 'utf8').split('\n');
    assert.equal(said[0], '--defaults-extra-file=/dev/fd/3');
    for (const option of [
      '--set-gtid-purged=OFF',
      '--column-statistics=0',
      '--single-transaction',
    ]) {
      assert.ok(said.includes(option), option);
    }
    assert.ok(!said.includes('--dump-history'));
    assert.ok(said.includes('--user=root'));
  });

  it('says in a dry run what it would do, and writes nothing', async () => {
    const planned = await planDatabaseArchive(plan(root, 'shop', 'auth'), silentProgress());
    assert.equal(planned.files, 3);
    assert.match(planned.notes[0]!, /mariadb-dump .* would dump shop, auth from .*server\.sock/);
    assert.deepEqual(
      planned.included.map(({ path }) => path),
      ['shop.sql.gz', 'auth.sql.gz'],
    );
  });

  it('needs little memory for 200 MB', async (t) => {
    const folder = temporaryFolder(t);
    const script = `
      const { dumpDatabases } = await import(${JSON.stringify(new URL('../src/database/dump.ts', import.meta.url))});
      const { silentProgress } = await import('@om-ops/kit');
      await using dumps = await dumpDatabases(${JSON.stringify(plan(root, 'big'))}, { folder: ${JSON.stringify(folder)}, progress: silentProgress(), level: 1 });
      console.log(JSON.stringify({ raw: dumps.members[0].rawBytes, rss: process.resourceUsage().maxRSS }));`;
    const out = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    const { raw, rss } = JSON.parse(out);
    assert.ok(raw > 180e6, `${raw} bytes`);
    assert.ok(rss < 250 * 1024, `${rss} KiB`);
    t.diagnostic(`${raw} bytes dumped with ${Math.round(rss / 1024)} MiB`);
  });
});
