import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type OpsError, type Progress, silentProgress } from '@om-ops/kit';
import type { DatabaseConnection } from '@om-ops/kit/database';
import { type PostgresServer, startPostgres } from '@om-ops/test-support/postgres';
import { childProcesses, watchForLeaks } from '@om-ops/test-support/processes';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { writeDatabaseArchive } from '../src/database/archive.ts';
import { dumpDatabases } from '../src/database/dump.ts';
import { awkwardPassword, failureOf, fakeProgram, serverPlan, useOnly } from './dumping.ts';

const schema = `
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE SCHEMA sales; CREATE SCHEMA "odd schema";
CREATE TYPE sales.mood AS ENUM ('sad', 'it''s ok');
CREATE DOMAIN sales.positive AS int CHECK (VALUE > 0);
CREATE TABLE sales.customers (
  id bigserial PRIMARY KEY, name text NOT NULL, picture bytea, price numeric(20,6), ratio double precision,
  at timestamptz, during interval, doc jsonb, tags text[], mood sales.mood, age sales.positive,
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
INSERT INTO sales.customers (name, picture, price, ratio, at, during, doc, tags, mood, age) VALUES
 (E'Ärmel 😀 \\\\ ''q'' "d"\\ttab\\nline', '\\x00ff0a0d5c27', 12345678901234.123456, 0.1e-300, '2024-02-29 23:59:59.999999+02', '1 year 2 mons', '{"a": [1, "ü"]}', '{"a,b","c\\"d",NULL}', 'it''s ok', 3),
 ('', NULL, 'NaN', 'Infinity', 'infinity', NULL, 'null', '{}', NULL, NULL);
CREATE TABLE "odd schema"."odd ""name" ("a b" int, "select" int);
INSERT INTO "odd schema"."odd ""name" VALUES (1, 2);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint NOT NULL REFERENCES sales.customers ON DELETE CASCADE);
CREATE TABLE audit (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit VALUES ('order ' || NEW.id || E' -- PostgreSQL database dump complete\\n'); RETURN NEW; END $$;
CREATE TRIGGER orders_note AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO orders (customer) VALUES (1), (1), (2);
CREATE SEQUENCE numbers START 100 INCREMENT 10; SELECT nextval('numbers');
CREATE VIEW names AS SELECT id, upper_name FROM sales.customers;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM orders;
CREATE INDEX by_name ON sales.customers (lower(name)) WHERE price > 0;
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO parts VALUES (1, '2024-05-05');
COMMENT ON TABLE orders IS 'a ''comment''';
SELECT lo_from_bytea(4242, '\\xdeadbeef');
`;

async function fingerprint(server: PostgresServer, database: string): Promise<string> {
  const names = (
    await server.sql(
      `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
      database,
    )
  )
    .split('\n')
    .filter((line) => line !== '');
  const sums = names.map(
    (name) =>
      `SELECT '${name.replaceAll("'", "''")}', count(*), md5(string_agg(r::text, E'\\n' ORDER BY r::text)) FROM ${name} r;`,
  );
  return await server.sql(
    `${sums.join('\n')}
    SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable, generation_expression, identity_generation FROM information_schema.columns WHERE table_schema IN ('public', 'sales', 'odd schema') ORDER BY 1, 2, 3;
    SELECT schemaname, sequencename, last_value, increment_by FROM pg_sequences ORDER BY 1, 2;
    SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1, 2;
    SELECT matviewname, definition FROM pg_matviews; SELECT n FROM counted;
    SELECT indexdef FROM pg_indexes WHERE schemaname IN ('public', 'sales') ORDER BY 1;
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace::regnamespace::text IN ('public', 'sales') ORDER BY 1;
    SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal;
    SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1;
    SELECT extname FROM pg_extension ORDER BY 1;
    SELECT encode(lo_get(4242), 'hex'); SELECT obj_description('orders'::regclass);`,
    database,
  );
}

const password = awkwardPassword;
const odd = `we'ird "na=me" \\x`;

const plan = (connection: DatabaseConnection, ...names: string[]) =>
  serverPlan('postgres', connection, names);

describe('dumps of PostgreSQL', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let root: DatabaseConnection;

  before(async () => {
    server = await startPostgres({ password });
    await server.sql(
      `CREATE DATABASE shop; CREATE DATABASE "${odd.replaceAll('"', '""')}"; CREATE DATABASE big`,
    );
    await server.sql(schema, 'shop');
    await server.sql(
      `CREATE TABLE filler AS SELECT i AS id, repeat(md5(i::text), 16) AS a FROM generate_series(1, 60000) i`,
      'big',
    );
    root = { host: '127.0.0.1', port: server.port, user: 'postgres', password };
  });
  after(() => server.stop());

  it("reaches the site's server whatever the user's own settings say, and counts rows", async (t) => {
    await server.sql(
      `CREATE TABLE counted ("a b" TEXT, n INT); INSERT INTO counted VALUES (E'x\\ny', 1), ('\\.', 2), (NULL, 3)`,
      'big',
    );
    const services = join(temporaryFolder(t), 'services.conf');
    writeFileSync(services, '[other]\nhost=127.0.0.9\nport=1\ndbname=nosuch\n');
    const settings = {
      PGHOSTADDR: '127.0.0.9',
      PGPORT: '1',
      PGSERVICE: 'other',
      PGSERVICEFILE: services,
      PGOPTIONS: '-c search_path=nowhere -c default_transaction_isolation=nonsense',
      PGUSER: 'nobody',
      PGDATABASE: 'nosuch',
    };
    const before = { ...process.env };
    Object.assign(process.env, settings);
    await using dumps = await dumpDatabases(serverPlan('postgres', root, ['big']), {
      folder: temporaryFolder(t),
      progress: silentProgress(),
    }).finally(() => {
      for (const key of Object.keys(settings)) delete process.env[key];
      Object.assign(process.env, before);
    });
    assert.deepEqual(dumps.members[0]?.rows, { 'public.counted': 3, 'public.filler': 60_000 });
    await server.sql('DROP TABLE counted', 'big');
  });

  it('leaves out a further database of the env files that is not there', async (t) => {
    const folder = temporaryFolder(t);
    const both = serverPlan('postgres', root, ['shop', 'nosuch']);
    both.databases[1]!.optional = true;
    for (const ask of [true, false]) {
      if (!ask) useOnly(t, 'pg_dump');
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
    const path = join(folder, 'db.tar.gz');
    {
      await using output = await open(path, 'wx+', 0o600);
      const watch = watchForLeaks(['c4nary']);
      const totals = await writeDatabaseArchive(plan(root, 'shop', odd), {
        output,
        progress: silentProgress(),
        folder,
        version: '0.0.0',
      });
      const { leaks, children } = watch.stop();
      assert.deepEqual(leaks, []);
      assert.ok(children.has('pg_dump'), [...children].join());
      assert.equal(totals.files, 3);
    }
    assert.deepEqual(readdirSync(folder), ['db.tar.gz']);
    execFileSync('tar', ['xf', path, '-C', folder]);
    const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
    assert.equal(meta.databases[0].tables, 6);
    assert.equal(meta.databases[1].name, odd);
    const sql = gunzipSync(readFileSync(join(folder, 'shop.sql.gz'))).toString();
    assert.ok(!sql.includes('c4nary') && !JSON.stringify(meta).includes('c4nary'));

    await using empty = await startPostgres();
    await empty.sql('CREATE DATABASE shop');
    await empty.sql(sql, 'shop');
    assert.equal(await fingerprint(empty, 'shop'), await fingerprint(server, 'shop'));
  });

  it('reach the server by its socket too', async (t) => {
    const folder = temporaryFolder(t);
    for (const socket of [
      server.socketFolder,
      join(server.socketFolder, `.s.PGSQL.${server.port}`),
    ]) {
      const connection = { socket, port: server.port, user: 'postgres', password };
      await using dumps = await dumpDatabases(plan(connection, 'shop'), {
        folder,
        progress: silentProgress(),
      });
      assert.match(dumps.server.server ?? '', /^\d/);
    }
  });

  it('explain what went wrong, name no password and leave nothing', async (t) => {
    const folder = temporaryFolder(t);
    await server.sql("CREATE ROLE reader LOGIN PASSWORD 'r'");
    const attempt = (connection: DatabaseConnection, ...names: string[]) =>
      failureOf(dumpDatabases(plan(connection, ...names), { folder, progress: silentProgress() }));
    const cases: [OpsError, code: string, message: RegExp][] = [
      [await attempt(root, 'shop', 'nosuch'), 'E_DATABASE_UNKNOWN', /no database nosuch/],
      [
        await attempt({ ...root, password: `${password}x` }, 'shop'),
        'E_DATABASE_ACCESS',
        /refuses the user postgres: wrong password/,
      ],
      [
        await attempt({ host: '127.0.0.1', port: server.port, user: 'postgres' }, 'shop'),
        'E_DATABASE_ACCESS',
        /asks for a password/,
      ],
      [
        await attempt({ ...root, user: 'reader', password: 'r' }, 'shop'),
        'E_DATABASE_ACCESS',
        /may not dump all of shop/,
      ],
      [
        await attempt({ socket: folder }, 'shop'),
        'E_DATABASE_UNREACHABLE',
        /No database server answers/,
      ],
      [
        await attempt({ host: '127.0.0.1', port: 1, password }, 'shop'),
        'E_DATABASE_UNREACHABLE',
        /127\.0\.0\.1:1/,
      ],
    ];
    for (const [error, code, message] of cases) {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.ok(error.suggestions.length > 0);
      assert.ok(!JSON.stringify([error.message, error.suggestions]).includes('c4nary'));
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  it('are refused without their closing line', async (t) => {
    const folder = temporaryFolder(t);
    fakeProgram(
      t,
      'pg_dump',
      'case "$1" in --version) exec /usr/bin/pg_dump --version;; esac\n/usr/bin/pg_dump "$@" | head -n 30',
    );
    const error = await failureOf(
      dumpDatabases(plan(root, 'shop'), { folder, progress: silentProgress() }),
    );
    assert.equal(error.code, 'E_DUMP_INCOMPLETE');
    assert.deepEqual(readdirSync(folder), []);
  });

  it('end with the program when they are interrupted', async (t) => {
    const folder = temporaryFolder(t);
    const controller = new AbortController();
    const progress: Progress = {
      warn() {},
      signal: controller.signal,
      report({ bytes = 0 }) {
        if (bytes > 1_000_000) controller.abort();
      },
    };
    const error = await failureOf(dumpDatabases(plan(root, 'big'), { folder, progress }));
    assert.equal(error.code, 'E_INTERRUPTED');
    assert.deepEqual(readdirSync(folder), []);
    await waitFor(
      'the end of pg_dump',
      () => !childProcesses().some(({ name }) => name === 'pg_dump'),
    );
  });

  it('explain a server that goes away in the middle', async (t) => {
    const folder = temporaryFolder(t);
    let killed: Promise<void> | undefined;
    const progress: Progress = {
      ...silentProgress(),
      report({ bytes = 0 }) {
        if (bytes > 1_000_000) killed ??= server.kill();
      },
    };
    const error = await failureOf(dumpDatabases(plan(root, 'big'), { folder, progress }));
    await killed;
    assert.equal(error.code, 'E_DATABASE_LOST', error.message);
    assert.deepEqual(readdirSync(folder), []);
  });
});
