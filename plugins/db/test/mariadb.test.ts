import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { type MariaDbServer, startMariaDb } from '@om-ops/test-support/mariadb';
import DbAnalyze from '../src/commands/db/analyze.ts';
import DbBloat from '../src/commands/db/bloat.ts';
import DbCancel from '../src/commands/db/cancel.ts';
import DbCleanup from '../src/commands/db/cleanup.ts';
import DbConnections from '../src/commands/db/connections.ts';
import DbIndexes from '../src/commands/db/indexes.ts';
import DbIntegrity from '../src/commands/db/integrity.ts';
import DbLocks from '../src/commands/db/locks.ts';
import DbPing from '../src/commands/db/ping.ts';
import DbReplication from '../src/commands/db/replication.ts';
import DbSettings from '../src/commands/db/settings.ts';
import DbSizes from '../src/commands/db/sizes.ts';
import DbSlow from '../src/commands/db/slow.ts';
import DbStatus from '../src/commands/db/status.ts';
import DbTerminate from '../src/commands/db/terminate.ts';
import type { Finding } from '../src/finding.ts';
import { openMysql } from '../src/server/mysql.ts';
import type { Server } from '../src/server/server.ts';
import { dbSite } from './site.ts';

const password = 'hard-to-Guess-4711';

interface Result {
  findings: Finding[];
  [key: string]: unknown;
}

describe('db on MariaDB', () => {
  let server: MariaDbServer;
  let client: Server;

  before(async () => {
    server = await startMariaDb();
    await server.sql(
      `CREATE DATABASE shop; USE shop;
       CREATE TABLE orders (id TINYINT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(50), KEY one (note), KEY two (note)) ENGINE=InnoDB;
       INSERT INTO orders (id, note) VALUES (1, 'a'), (120, 'b');
       CREATE USER app@'%' IDENTIFIED BY '${password}'; GRANT ALL ON shop.* TO app@'%'; GRANT PROCESS, REPLICA MONITOR ON *.* TO app@'%';
       CREATE USER plain@'%' IDENTIFIED BY '${password}'; GRANT SELECT ON shop.* TO plain@'%'`,
    );
    client = await openMysql(
      {
        engine: 'mysql',
        connection: { host: '127.0.0.1', port: server.port, user: 'app', password },
        database: 'shop',
        databases: ['shop'],
        where: '',
      },
      { signal: new AbortController().signal, readOnly: false, statementMs: 0, lockMs: 60_000 },
    );
  });
  after(async () => {
    await client?.close();
    await server?.stop();
  });

  const at = (test: Parameters<typeof dbSite>[0], user = 'app') =>
    dbSite(test, { engine: 'mysql', port: server.port, user, password });

  it('tells what is so, and what this user may not see', async (test) => {
    const { site } = at(test);
    const status = await runCommand(DbStatus, ['--json'], { site });
    assert.equal(status.code, 0, status.stdout);
    assert.match(status.json<{ server: string }>().result.server, /^MariaDB 1\d/);
    assert.equal((await runCommand(DbPing, [], { site })).code, 0);
    const sizes = await runCommand(DbSizes, ['--tables', '--json'], { site });
    assert.deepEqual(
      sizes.json<Result & { tables: { name: string }[] }>().result.tables.map(({ name }) => name),
      ['orders'],
    );
    const connections = await runCommand(DbConnections, ['--json'], { site });
    assert.equal(
      connections.json<Result & { total: number }>().result.total,
      1,
      connections.stdout,
    );
    assert.equal((await runCommand(DbReplication, ['--json'], { site })).code, 0);
    const settings = await runCommand(DbSettings, ['--advice', '--json'], { site });
    assert.equal(settings.code, 6, settings.stdout);
    const indexes = await runCommand(DbIndexes, ['--json'], { site });
    assert.deepEqual(
      indexes
        .json<{ indexes: { topic: string; index: string }[] }>()
        .result.indexes.map(({ topic, index }) => `${topic} ${index}`),
      ['duplicate two'],
    );
    const integrity = await runCommand(DbIntegrity, ['--deep', '--json'], { site });
    assert.equal(integrity.code, 6);
    assert.ok(
      integrity
        .json<Result>()
        .result.findings.some(({ code, object }) => code === 'sequence' && object === 'orders'),
    );
    assert.equal((await runCommand(DbSlow, ['--json'], { site })).code, 5);
    assert.equal((await runCommand(DbBloat, ['--json'], { site })).code, 5);
    const plain = await runCommand(DbStatus, ['--json'], { site: at(test, 'plain').site });
    assert.equal(plain.code, 7, plain.stdout);
  });

  it('names who holds what up', async (test) => {
    const { site } = at(test);
    await client.rows('START TRANSACTION');
    await client.rows("UPDATE orders SET note = 'card 4111' WHERE id = 1");
    const other = await openMysql(client.target, {
      signal: AbortSignal.timeout(60_000),
      readOnly: false,
      statementMs: 0,
      lockMs: 60_000,
    });
    const waiting = other
      .rows("UPDATE orders SET note = 'secret words' WHERE id = 1")
      .catch(() => []);
    try {
      for (let tries = 0; ; tries++) {
        const [found] = await client.rows<{ n: number }>(
          'SELECT COUNT(*) AS n FROM information_schema.INNODB_LOCK_WAITS',
        );
        if (Number(found?.n) === 1) break;
        assert.ok(tries < 500, 'nobody waits');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const locks = await runCommand(DbLocks, ['--json'], { site });
      assert.equal(locks.code, 6, locks.stdout);
      const { trees } = locks.json<{
        trees: { session: { id: number }; waiting: { session: { id: number } }[] }[];
      }>().result;
      assert.deepEqual(
        [trees[0]?.session.id, trees[0]?.waiting[0]?.session.id],
        [client.session, other.session],
      );
      assert.ok(!/4111|secret words/.test(locks.stdout));
    } finally {
      await client.rows('ROLLBACK');
      await waiting;
      await other.close();
    }
  });

  it('cancels, terminates, cleans up and puts back', async (test) => {
    const cleanup = {
      old: { table: 'events', column: 'at', olderThan: '30d', batch: 50, pause: '1ms' },
    };
    const { site, state } = dbSite(
      test,
      { engine: 'mysql', port: server.port, user: 'app', password },
      { db: { cleanup } },
    );
    const yes = ['--confirm', 'YES APPLY'];
    await client.rows(
      'CREATE TABLE events (id BIGINT AUTO_INCREMENT PRIMARY KEY, at DATETIME(3), raw VARBINARY(20), doc JSON, cost DECIMAL(30,10), name VARCHAR(50), twice BIGINT AS (id * 2)) CHARSET utf8mb4',
    );
    await client.rows(
      `INSERT INTO events (at, raw, doc, cost, name) SELECT NOW(3) - INTERVAL seq DAY, UNHEX('00FF27'), '{"a": "ü"}', 12345678901234567890.0123456789, 'o''neil ✓' FROM seq_1_to_200`,
    );
    const sum = async () =>
      (
        await client.rows<{ sum: string }>(
          "SELECT MD5(GROUP_CONCAT(CONCAT_WS('|', id, at, HEX(raw), doc, cost, name, twice) ORDER BY id)) AS sum FROM events",
        )
      )[0]?.sum;
    await client.rows('SET SESSION group_concat_max_len = 10000000');
    const before = await sum();
    const done = await runCommand(DbCleanup, ['old', ...yes, '--json'], { site });
    assert.equal(done.code, 0, done.stdout);
    const [rule] = done.json<{ rules: { gone: Record<string, number>; run: string }[] }>().result
      .rules;
    assert.deepEqual(rule?.gone, { events: 171 });
    const undo = await runCommand(DbCleanup, ['--undo', rule?.run ?? '', ...yes, '--json'], {
      site,
    });
    assert.equal(undo.code, 0, undo.stdout);
    assert.equal(await sum(), before);
    const other = await openMysql(client.target, {
      signal: AbortSignal.timeout(60_000),
      readOnly: false,
      statementMs: 0,
    });
    const sleeping = other.rows('SELECT SLEEP(60)').then(
      () => 'ended',
      () => 'ended',
    );
    for (let tries = 0; ; tries++) {
      const rows = await client.rows(
        "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND = 'Query'",
        [other.session],
      );
      if (rows.length === 1) break;
      assert.ok(tries < 500);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const cancel = await runCommand(DbCancel, [`${other.session}`, ...yes, '--json'], { site });
    assert.equal(cancel.code, 0, cancel.stdout);
    assert.equal(await sleeping, 'ended');
    assert.equal((await other.rows('SELECT 1 AS one')).length, 1);
    const end = await runCommand(DbTerminate, [`${other.session}`, ...yes, '--json'], { site });
    assert.equal(end.code, 0, end.stdout);
    await assert.rejects(other.rows('SELECT 1'));
    assert.equal((await runCommand(DbAnalyze, ['--json'], { site })).code, 0);
    assert.ok(state.length > 0);
  });
});
