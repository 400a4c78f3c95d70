import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { type PostgresServer, startPostgres } from '@om-ops/test-support/postgres';
import DbBloat from '../src/commands/db/bloat.ts';
import DbConnections from '../src/commands/db/connections.ts';
import DbIndexes from '../src/commands/db/indexes.ts';
import DbIntegrity from '../src/commands/db/integrity.ts';
import DbLocks from '../src/commands/db/locks.ts';
import DbPing from '../src/commands/db/ping.ts';
import DbQueries from '../src/commands/db/queries.ts';
import DbReplication from '../src/commands/db/replication.ts';
import DbSettings from '../src/commands/db/settings.ts';
import DbSizes from '../src/commands/db/sizes.ts';
import DbSlow from '../src/commands/db/slow.ts';
import DbStatus from '../src/commands/db/status.ts';
import type { Finding } from '../src/finding.ts';
import { openPostgres } from '../src/server/postgres.ts';
import type { Server } from '../src/server/server.ts';
import { dbSite } from './site.ts';

const password = 'hard-to-Guess-4711';

interface Result {
  findings: Finding[];
  [key: string]: unknown;
}

describe('db on PostgreSQL', () => {
  let server: PostgresServer;
  let client: Server;
  const codes = (result: { findings: Finding[] }) => result.findings.map(({ code }) => code);

  before(async () => {
    server = await startPostgres({ password });
    await server.sql(
      'CREATE DATABASE shop; CREATE DATABASE secret; REVOKE CONNECT ON DATABASE secret FROM PUBLIC',
    );
    await server.sql(
      `CREATE TABLE "Orders" (id serial PRIMARY KEY, customer int, note text, made timestamptz DEFAULT now());
       CREATE TABLE items (id bigserial PRIMARY KEY, "order" int REFERENCES "Orders" (id), name text);
       CREATE INDEX same_one ON items (name); CREATE INDEX same_two ON items (name);
       CREATE TABLE parts (at date, n int) PARTITION BY RANGE (at);
       CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-06-01');
       INSERT INTO "Orders" (customer, note) SELECT g, repeat('x', 50) FROM generate_series(1, 5000) g;
       INSERT INTO parts SELECT '2026-02-01', g FROM generate_series(1, 1000) g;
       CREATE EXTENSION pgstattuple; CREATE EXTENSION amcheck;
       CREATE SEQUENCE nearly MAXVALUE 100; SELECT setval('nearly', 95);
       CREATE ROLE plain LOGIN PASSWORD '${password}'; ANALYZE`,
      'shop',
    );
    client = await openPostgres(
      {
        engine: 'postgres',
        connection: { host: server.host, port: server.port, user: 'postgres', password },
        database: 'shop',
        databases: ['shop'],
        where: '',
      },
      { signal: new AbortController().signal, readOnly: false, statementMs: 0, lockMs: 0 },
    );
  });
  after(async () => {
    await client?.close();
    await server?.stop();
  });

  const at = (
    test: Parameters<typeof dbSite>[0],
    user = 'postgres',
    more: Parameters<typeof dbSite>[2] = {},
  ) => dbSite(test, { engine: 'postgres', port: server.port, user, password }, more);

  it('status, connections, replication, settings tell what is so, and no password', async (test) => {
    const { site } = at(test);
    const status = await runCommand(DbStatus, ['--json'], { site });
    assert.equal(status.code, 0, status.stdout);
    const result = status.json<
      Result & { connections: { used: number; most: number }; role: string; server: string }
    >().result;
    assert.match(result.server, /^PostgreSQL 1\d/);
    assert.equal(result.role, 'primary');
    // The server itself is no connection: ours and the test's are.
    assert.equal(result.connections.used, 2);
    assert.equal(result.connections.most, 97);
    const connections = await runCommand(DbConnections, ['--json'], { site });
    assert.equal(connections.json<Result & { total: number }>().result.total, 1);
    assert.equal((await runCommand(DbReplication, ['--json'], { site })).code, 0);
    const settings = await runCommand(DbSettings, ['--advice', '--json'], { site });
    // The test's server is made quick: fsync is off, and that is told.
    assert.equal(settings.code, 6);
    assert.ok(
      settings
        .json<Result>()
        .result.findings.some(({ object, level }) => object === 'fsync' && level === 'critical'),
    );
    const text = await runCommand(DbStatus, [], { site });
    for (const { stdout, stderr } of [status, text, settings])
      assert.ok(!`${stdout}${stderr}`.includes(password));
  });

  it('sizes knows names as they are, partitions, and what grew', async (test) => {
    const { site } = at(test);
    const first = await runCommand(DbSizes, ['--tables', '--json'], { site });
    assert.equal(first.code, 0, first.stdout);
    type Sizes = Result & {
      databases: { name: string; bytes: number | null }[];
      tables: { name: string; partitions: number; growthBytes: number | null }[];
    };
    const sizes = first.json<Sizes>().result;
    assert.ok(sizes.tables.some(({ name }) => name === '"Orders"'));
    assert.equal(sizes.tables.find(({ name }) => name === 'parts')?.partitions, 1);
    assert.ok(!sizes.tables.some(({ name }) => name === 'parts_1'));
    await client.rows(
      'INSERT INTO "Orders" (note) SELECT repeat(\'y\', 100) FROM generate_series(1, 5000)',
    );
    const second = (await runCommand(DbSizes, ['--tables', '--json'], { site })).json<Sizes>()
      .result;
    assert.ok((second.tables.find(({ name }) => name === '"Orders"')?.growthBytes ?? 0) > 100_000);
    const plain = (
      await runCommand(DbSizes, ['--json'], { site: at(test, 'plain').site })
    ).json<Sizes>().result;
    assert.equal(plain.databases.find(({ name }) => name === 'secret')?.bytes, null);
  });

  it('queries and locks name who holds what up, without what stands in quotes', async (test) => {
    const { site } = at(test);
    await client.rows('BEGIN');
    await client.rows(`UPDATE "Orders" SET note = 'card 4111-1111' WHERE id = 1`);
    const other = await openPostgres(client.target, {
      signal: AbortSignal.timeout(60_000),
      readOnly: false,
      statementMs: 0,
      lockMs: 0,
    });
    const waiting = other
      .rows(`UPDATE "Orders" SET note = 'secret words' WHERE id = 1`)
      .catch(() => []);
    try {
      for (let tries = 0; ; tries++) {
        const [found] = await client.rows<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        );
        if (found?.n === 1) break;
        assert.ok(tries < 500, 'nobody waits');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const locks = await runCommand(DbLocks, ['--json'], { site });
      assert.equal(locks.code, 6, locks.stdout);
      const { trees } = locks.json<
        Result & { trees: { session: { id: number }; waiting: { session: { id: number } }[] }[] }
      >().result;
      assert.deepEqual(
        [trees.length, trees[0]?.session.id, trees[0]?.waiting[0]?.session.id],
        [1, client.session, other.session],
      );
      const queries = await runCommand(DbQueries, ['--json'], { site });
      const { queries: all } = queries.json<
        Result & { queries: { id: number; state: string; statement: string }[] }
      >().result;
      assert.deepEqual(all.map(({ id }) => id).sort(), [client.session, other.session].sort());
      const text = await runCommand(DbLocks, [], { site });
      for (const { stdout } of [locks, queries, text])
        assert.ok(!/4111|secret words/.test(stdout), stdout);
      assert.match(text.stdout, /waits/);
      // A user that may not see it is not told that all is well.
      const plain = await runCommand(DbQueries, ['--json'], { site: at(test, 'plain').site });
      assert.equal(plain.code, 7, plain.stdout);
    } finally {
      await client.rows('ROLLBACK');
      await waiting;
      await other.close();
    }
  });

  it('bloat withholds what the data does not carry, and measures with --exact', async (test) => {
    const { site } = at(test);
    await client.rows(
      "CREATE TABLE full_of_holes AS SELECT g AS id, repeat('z', 200) AS t FROM generate_series(1, 20000) g",
    );
    type Tables = Result & {
      tables: {
        table: string;
        bloatPercent: number | null;
        reliability: string;
        why: string | null;
      }[];
    };
    const of = async (...argv: string[]) =>
      (await runCommand(DbBloat, [...argv, '--json'], { site })).json<Tables>().result.tables[0];
    const fresh = await of('full_of_holes');
    assert.equal(fresh?.reliability, 'withheld');
    await client.rows('DELETE FROM full_of_holes WHERE id % 3 <> 0');
    await client.rows('ANALYZE full_of_holes');
    await client.rows('VACUUM full_of_holes');
    const estimate = await of('full_of_holes');
    const exact = await of('full_of_holes', '--exact');
    assert.equal(exact?.reliability, 'exact');
    assert.ok(
      Math.abs((estimate?.bloatPercent ?? 0) - (exact?.bloatPercent ?? 100)) < 8,
      JSON.stringify([estimate, exact]),
    );
    assert.equal((await runCommand(DbBloat, ['nowhere'], { site })).code, 2);
  });

  it('indexes, integrity and slow say what they find and what they cannot know', async (test) => {
    const { site } = at(test);
    const found = await runCommand(DbIndexes, ['--json'], { site });
    assert.equal(found.code, 6);
    const { indexes, findings } = found.json<
      Result & { indexes: { topic: string; index: string | null; table: string }[] }
    >().result;
    assert.deepEqual(
      indexes.map(({ topic, table, index }) => `${topic} ${index ?? table}`),
      ['missing items', 'duplicate same_two'],
    );
    assert.ok(findings.some(({ code }) => code === 'unused-withheld'));
    const integrity = await runCommand(DbIntegrity, ['--deep', '--json'], { site });
    assert.equal(integrity.code, 6);
    assert.ok(codes(integrity.json<Result>().result).includes('sequence'));
    const slow = await runCommand(DbSlow, ['--json'], { site });
    assert.equal(slow.code, 5);
  });

  it('ping names the stage that fails', async (test) => {
    const { site } = at(test);
    assert.equal((await runCommand(DbPing, [], { site })).code, 0);
    const stage = async (server: Parameters<typeof dbSite>[1], databases = ['shop']) => {
      const result = await runCommand(DbPing, ['--json'], {
        site: dbSite(test, server, { databases }).site,
      });
      assert.equal(result.code, 6, result.stdout);
      return result.json<{ fails: string }>().result.fails;
    };
    const good = { engine: 'postgres', port: server.port, user: 'postgres', password } as const;
    assert.equal(await stage({ ...good, password: 'wrong' }), 'authentication');
    assert.equal(await stage({ ...good, port: 1 }), 'connect');
    assert.equal(await stage(good, ['absent']), 'database');
    assert.equal(await stage({ ...good, host: 'no-such-host.invalid' }), 'name');
    const status = await runCommand(DbStatus, [], {
      site: dbSite(test, { ...good, password: 'wrong' }).site,
    });
    assert.equal(status.code, 5);
  });
});
