import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { type PostgresServer, startPostgres } from '@om-ops/test-support/postgres';
import DbAnalyze from '../src/commands/db/analyze.ts';
import DbCancel from '../src/commands/db/cancel.ts';
import DbCleanup from '../src/commands/db/cleanup.ts';
import DbTerminate from '../src/commands/db/terminate.ts';
import DbVacuum from '../src/commands/db/vacuum.ts';
import { openPostgres } from '../src/server/postgres.ts';
import type { Server } from '../src/server/server.ts';
import type { Target } from '../src/server/target.ts';
import { dbSite } from './site.ts';

const yes = ['--confirm', 'YES APPLY'];
const old = { table: 'projects', column: 'updated_at', olderThan: '90d', batch: 100, pause: '1ms' };

interface Ended {
  outcome: string;
  sessions: { id: number; outcome: string; why: string | null }[];
}

describe('db changes on PostgreSQL', () => {
  let server: PostgresServer;
  let target: Target;
  const open: Server[] = [];
  const client = async (application = 'om-ops') => {
    const one = await openPostgres(target, {
      signal: AbortSignal.timeout(120_000),
      readOnly: false,
      statementMs: 0,
      lockMs: 0,
    });
    await one.rows(`SET application_name = '${application}'`);
    open.push(one);
    return one;
  };

  before(async () => {
    server = await startPostgres();
    await server.sql('CREATE DATABASE shop; CREATE ROLE plain LOGIN');
    await server.sql(
      `CREATE TABLE projects (id bigserial PRIMARY KEY, name text, at_cost numeric, raw bytea, doc jsonb, twice bigint GENERATED ALWAYS AS (id * 2) STORED, updated_at timestamptz);
       CREATE TABLE tasks (id serial PRIMARY KEY, project bigint REFERENCES projects (id) ON DELETE CASCADE, title text);
       CREATE TABLE notes (id serial PRIMARY KEY, task int REFERENCES tasks (id) ON DELETE CASCADE, body text);
       CREATE INDEX ON tasks (project); CREATE INDEX ON notes (task);
       CREATE TABLE bills (id serial PRIMARY KEY, project bigint REFERENCES projects (id));
       INSERT INTO projects (name, at_cost, raw, doc, updated_at) SELECT E'p\\t' || g, 12345678901234567890.123456789, decode('00ff09', 'hex'), '{"n": 12345678901234567890}', now() - (g || ' days')::interval FROM generate_series(1, 400) g;
       INSERT INTO tasks (project, title) SELECT id, 'a' FROM projects; INSERT INTO tasks (project, title) SELECT id, 'b' FROM projects WHERE id > 300;
       INSERT INTO notes (task, body) SELECT id, repeat('n', 10) FROM tasks;
       GRANT ALL ON ALL TABLES IN SCHEMA public TO plain; ANALYZE`,
      'shop',
    );
    target = {
      engine: 'postgres',
      connection: { host: server.host, port: server.port, user: 'postgres' },
      database: 'shop',
      databases: ['shop'],
      where: '',
    };
  });
  after(async () => {
    for (const one of open) await one.close();
    await server?.stop();
  });
  const at = (test: Parameters<typeof dbSite>[0], db: object = {}, user = 'postgres') =>
    dbSite(test, { engine: 'postgres', port: server.port, user }, { db });
  const sums = async (one: Server) =>
    (
      await one.rows<{ sum: string }>(
        "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS sum FROM (SELECT p::text AS t FROM projects p UNION ALL SELECT k::text FROM tasks k UNION ALL SELECT n::text FROM notes n) t",
      )
    )[0]?.sum;
  const count = async (one: Server, table: string) =>
    Number((await one.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n);
  /** A session whose statement runs until it is ended. */
  const sleeping = async (application: string) => {
    const one = await client(application);
    const running = one.rows('SELECT pg_sleep(60)').then(
      () => 'slept',
      (error: Error) => error.message,
    );
    const watcher = open[0] as Server;
    for (let tries = 0; ; tries++) {
      const rows = await watcher.rows(
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active'",
        [one.session],
      );
      if (rows.length === 1) return { one, running };
      assert.ok(tries < 500);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it('cancel and terminate end what was shown, and nothing else', async (test) => {
    await client();
    const { site } = at(test);
    const victim = await sleeping('app');
    const bystander = await sleeping('other');
    const dump = await sleeping('pg_dump');
    const idle = await client('idler');
    await idle.rows('BEGIN');
    await idle.rows('SELECT 1');
    const plain = await runCommand(DbCancel, [`${victim.one.session}`, ...yes, '--json'], {
      site: at(test, {}, 'plain').site,
    });
    assert.equal(plain.code, 5, plain.stdout);
    assert.equal((await runCommand(DbCancel, [], { site })).code, 2);
    assert.equal((await runCommand(DbCancel, [`${victim.one.session}`], { site })).code, 3);
    const dry = await runCommand(DbCancel, ['--longer-than', '0s', '--dry-run', '--json'], {
      site,
    });
    assert.equal(dry.code, 0, dry.stdout);
    const planned = dry.json<Ended>().result.sessions;
    assert.deepEqual(
      planned.map(({ id, outcome }) => `${id} ${outcome}`).sort(),
      [
        `${victim.one.session} planned`,
        `${bystander.one.session} planned`,
        `${dump.one.session} left`,
      ].sort(),
    );
    const cancel = await runCommand(
      DbCancel,
      [
        `${victim.one.session}`,
        `${dump.one.session}`,
        `${idle.session}`,
        '999999',
        ...yes,
        '--json',
      ],
      { site },
    );
    assert.equal(cancel.code, 7, cancel.stdout);
    const became = new Map(
      cancel.json<Ended>().result.sessions.map(({ id, outcome }) => [id, outcome]),
    );
    assert.deepEqual(
      [
        became.get(victim.one.session),
        became.get(dump.one.session),
        became.get(idle.session),
        became.get(999999),
      ],
      ['ended', 'left', 'left', 'gone'],
    );
    assert.match(await victim.running, /cancel/);
    assert.deepEqual(await victim.one.rows('SELECT 7 AS n'), [{ n: 7 }]);
    const end = await runCommand(DbTerminate, ['--idle-in-transaction', '0s', ...yes, '--json'], {
      site,
    });
    assert.equal(end.code, 0, end.stdout);
    assert.deepEqual(
      end.json<Ended>().result.sessions.map(({ id, outcome }) => [id, outcome]),
      [[idle.session, 'ended']],
    );
    await assert.rejects(idle.rows('SELECT 1'));
    for (const one of [bystander, dump]) {
      const rows = await (open[0] as Server).rows(
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active'",
        [one.one.session],
      );
      assert.equal(rows.length, 1);
      await one.one.close();
      await one.running;
    }
  });

  it('cleanup takes out what is old, with what hangs on it, and puts all of it back', async (test) => {
    const one = await client();
    const { site, state } = at(test, { cleanup: { old } });
    const before = await sums(one);
    const dry = await runCommand(DbCleanup, ['old', '--dry-run', '--json'], { site });
    assert.equal(dry.code, 0, dry.stdout);
    type Rules = {
      rules: {
        count: number;
        gone: Record<string, number>;
        run: string;
        dependents: { table: string; rows: number; action: string }[];
      }[];
    };
    const [planned] = dry.json<Rules>().result.rules;
    assert.equal(planned?.count, 311);
    assert.deepEqual(
      planned?.dependents.map(({ table, action, rows }) => `${table} ${action} ${rows}`),
      ['tasks cascade 411', 'notes cascade 411'],
    );
    assert.equal(await sums(one), before);
    assert.equal((await runCommand(DbCleanup, ['old'], { site })).code, 3);
    // What others hold stays.
    const holder = await client();
    await holder.rows('BEGIN');
    await holder.rows('UPDATE projects SET updated_at = now() WHERE id = 400');
    const done = await runCommand(DbCleanup, ['old', ...yes, '--json'], { site });
    await holder.rows('COMMIT');
    assert.equal(done.code, 0, done.stdout);
    const [cleaned] = done.json<Rules>().result.rules;
    assert.deepEqual(cleaned?.gone, { projects: 310, tasks: 409, notes: 409 });
    assert.equal(await count(one, 'projects'), 90);
    const kept = readdirSync(join(state, 'db/cleanup'));
    assert.deepEqual(kept, [cleaned?.run]);
    await one.rows('UPDATE projects SET updated_at = updated_at WHERE id = 1');
    const undo = await runCommand(DbCleanup, ['--undo', cleaned?.run ?? '', ...yes, '--json'], {
      site,
    });
    assert.equal(undo.code, 0, undo.stdout);
    await one.rows(
      "UPDATE projects SET updated_at = (SELECT updated_at - interval '1 day' FROM projects WHERE id = 399) WHERE id = 400",
    );
    assert.equal(await sums(one), before);
    const again = await runCommand(DbCleanup, ['--undo', cleaned?.run ?? '', ...yes, '--json'], {
      site,
    });
    assert.equal(again.code, 7, again.stdout);
    assert.match((await runCommand(DbCleanup, ['--list'], { site })).stdout, /projects/);
    const archive = join(state, 'db/cleanup', cleaned?.run ?? '', 'rows.jsonl.gz');
    const bytes = readFileSync(archive);
    bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1;
    writeFileSync(archive, bytes);
    assert.equal(
      (await runCommand(DbCleanup, ['--undo', cleaned?.run ?? '', ...yes], { site })).code,
      1,
    );
  });

  it('cleanup refuses what would fail in the midst, and what it cannot judge', async (test) => {
    const one = await client();
    const before = await sums(one);
    await one.rows('INSERT INTO bills (project) VALUES (395)');
    const rules = {
      old,
      column: { ...old, column: 'name' },
      nowhere: { ...old, table: 'nowhere' },
    };
    const { site } = at(test, { cleanup: rules });
    assert.equal((await runCommand(DbCleanup, ['old', ...yes], { site })).code, 6);
    assert.equal((await runCommand(DbCleanup, ['column', ...yes], { site })).code, 2);
    assert.equal((await runCommand(DbCleanup, ['nowhere', ...yes], { site })).code, 2);
    assert.equal((await runCommand(DbCleanup, ['unnamed', ...yes], { site })).code, 2);
    assert.equal((await runCommand(DbCleanup, ['--undo', '../x', ...yes], { site })).code, 2);
    assert.equal(await sums(one), before);
    await one.rows('DELETE FROM bills');
  });

  it('vacuum and analyze do what is due, and --full asks', async (test) => {
    const one = await client();
    const { site } = at(test);
    await one.rows(
      "CREATE TABLE worn (id int PRIMARY KEY, t text) WITH (autovacuum_enabled = off); INSERT INTO worn SELECT g, 'x' FROM generate_series(1, 5000) g",
    );
    await one.rows('DELETE FROM worn WHERE id > 1000');
    await one.rows('SELECT pg_stat_force_next_flush()').catch(() => []);
    const dead = async () =>
      Number(
        (
          await one.rows<{ n: number }>(
            "SELECT pg_stat_clear_snapshot(), n_dead_tup AS n FROM pg_stat_user_tables WHERE relname = 'worn'",
          )
        )[0]?.n,
      );
    for (let tries = 0; (await dead()) < 4000; tries++) {
      assert.ok(tries < 500, 'nobody counts');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    type Maintained = { outcome: string; tables: { table: string; outcome: string }[] };
    const of = (result: { json<T>(): { result: T } }) =>
      result.json<Maintained>().result.tables.filter(({ outcome }) => outcome !== 'not-due');
    const dry = await runCommand(DbVacuum, ['--dry-run', '--json'], { site });
    assert.deepEqual(
      of(dry),
      of(dry).filter(({ outcome }) => outcome === 'planned'),
    );
    assert.ok(of(dry).some(({ table }) => table === 'worn'));
    assert.equal(await dead(), 4000);
    const done = await runCommand(DbVacuum, ['--json'], { site });
    assert.equal(done.code, 0, done.stdout);
    assert.ok(of(done).some(({ table, outcome }) => table === 'worn' && outcome === 'done'));
    assert.equal((await runCommand(DbVacuum, ['worn', '--full'], { site })).code, 3);
    assert.equal((await runCommand(DbVacuum, ['worn', '--full', ...yes], { site })).code, 0);
    assert.equal((await runCommand(DbAnalyze, ['--all', '--json'], { site })).code, 0);
    assert.equal((await runCommand(DbVacuum, ['nowhere'], { site })).code, 2);
    await one.rows('BEGIN');
    await one.rows('LOCK TABLE worn');
    const locked = await runCommand(DbVacuum, ['worn', '--json'], { site });
    await one.rows('ROLLBACK');
    assert.equal(locked.code, 1, locked.stdout);
  });
});
