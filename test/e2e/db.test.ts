import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { type PostgresServer, startPostgres } from '@om-ops/test-support/postgres';
import { temporaryFolder } from '@om-ops/test-support/temp';

describe('db', () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
    await server.sql('CREATE DATABASE shop');
    await server.sql(
      "CREATE TABLE things (id serial PRIMARY KEY, made timestamptz); INSERT INTO things (made) SELECT now() - interval '100 days' FROM generate_series(1, 2000)",
      'shop',
    );
  });
  after(() => server?.stop());

  function site(test: TestContext) {
    const folder = temporaryFolder(test);
    mkdirSync(join(folder, 'site'));
    const profile = join(folder, 'om-ops.yaml');
    writeFileSync(
      profile,
      JSON.stringify({
        site: 'demo',
        root: 'site',
        state: join(folder, 'state'),
        envFiles: [],
        database: {
          engine: 'postgres',
          databases: ['shop'],
          host: '127.0.0.1',
          port: server.port,
          user: 'postgres',
        },
        db: {
          cleanup: {
            things: {
              table: 'things',
              column: 'made',
              olderThan: '90d',
              batch: 100,
              pause: '500ms',
            },
          },
        },
      }),
    );
    return { folder, env: { OM_OPS_SITE: profile, HOME: folder } };
  }

  it('proves a backup by restoring it, leaves no database behind, and says when it does not hold', async (test) => {
    const { folder, env } = site(test);
    const none = await runOmOps(['db', 'restore-test', '--json'], { env });
    assert.notEqual(none.code, 0);
    assert.equal((await runOmOps(['backup', 'run', 'database'], { env })).code, 0);
    const good = await runOmOps(['db', 'restore-test', '--json'], { env });
    assert.equal(good.code, 0, good.stdout);
    const { result } = JSON.parse(good.stdout) as {
      result: { rows: number; compared: boolean; outcome: string };
    };
    assert.deepEqual([result.rows, result.compared, result.outcome], [2000, true, 'holds']);
    const [archive = ''] = readdirSync(join(folder, 'state/database')).filter((name) =>
      name.endsWith('.tar.gz'),
    );
    writeFileSync(join(folder, 'state/database', archive), 'no archive');
    const bad = await runOmOps(
      ['db', 'restore-test', join(folder, 'state/database', archive), '--json'],
      { env },
    );
    assert.equal(bad.code, 6, bad.stdout);
    assert.equal(
      (
        await server.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'om_restore%'")
      ).trim(),
      '0',
    );
  });

  it('ends between two batches at Ctrl-C, with 130, and says what went and how it comes back', async (test) => {
    const { env } = site(test);
    const started = Promise.withResolvers<number>();
    const run = runOmOps(['db', 'cleanup', 'things', '--confirm', 'YES APPLY', '--json'], {
      env,
      onStart: (pid) => started.resolve(pid),
    });
    for (
      let tries = 0;
      Number((await server.sql('SELECT count(*) FROM things', 'shop')).trim()) === 2000;
      tries++
    ) {
      assert.ok(tries < 600, 'nothing goes');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    process.kill(await started.promise, 'SIGINT');
    const { code, stdout } = await run;
    assert.equal(code, 130, stdout);
    const { result } = JSON.parse(stdout) as {
      result: { rules: { gone: { things: number }; run: string }[] };
    };
    const [rule] = result.rules;
    const left = Number((await server.sql('SELECT count(*) FROM things', 'shop')).trim());
    assert.equal(left, 2000 - (rule?.gone.things ?? 0));
    const undo = await runOmOps(
      ['db', 'cleanup', '--undo', rule?.run ?? '', '--confirm', 'YES APPLY'],
      { env },
    );
    assert.equal(undo.code, 0, undo.stderr);
    assert.equal((await server.sql('SELECT count(*) FROM things', 'shop')).trim(), '2000');
  });
});
