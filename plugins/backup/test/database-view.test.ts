import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import type { DatabaseConnection } from '@om-ops/kit/database';
import { type MariaDbServer, startMariaDb } from '@om-ops/test-support/mariadb';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { writeDatabaseArchive } from '../src/database/archive.ts';
import { dumpDatabases } from '../src/database/dump.ts';
import { failureOf, serverPlan, useHome } from './dumping.ts';

let server: MariaDbServer;
before(async () => {
  server = await startMariaDb();
  await server.sql(`CREATE DATABASE shop; USE shop;
    CREATE TABLE item (id INT PRIMARY KEY, name TEXT); INSERT INTO item VALUES (1, 'a'), (2, 'it''s (1),(2);\\\\');
    CREATE TABLE log (id INT);
    CREATE TRIGGER t AFTER INSERT ON item FOR EACH ROW INSERT INTO log VALUES (NEW.id);
    CREATE PROCEDURE p() SELECT 1;
    CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;
    CREATE DATABASE broken; USE broken; CREATE TABLE gone (a INT); CREATE VIEW v AS SELECT * FROM gone; DROP TABLE gone;`);
});
after(() => server.stop());

async function archived(t: TestContext, user: string | undefined, ...names: string[]) {
  const connection: DatabaseConnection = {
    host: '127.0.0.1',
    port: server.port,
    ...(user === undefined ? { user: 'root' } : { user, password: 'pw' }),
  };
  const folder = temporaryFolder(t);
  await using output = await open(join(folder, 'x.tar.gz'), 'w');
  const warnings: string[] = [];
  const progress = { ...silentProgress(), warn: (text: string) => void warnings.push(text) };
  const made = await writeDatabaseArchive(serverPlan('mysql', connection, names), {
    output,
    progress,
    folder,
    version: '1',
  });
  return { ...made, warnings };
}

async function userWith(...grants: string[]): Promise<string> {
  const user = `u${Math.random().toString(36).slice(2, 10)}`;
  await server.sql(
    `CREATE USER '${user}'@'%' IDENTIFIED BY 'pw'; ${grants.map((grant) => `GRANT ${grant} TO '${user}'@'%';`).join(' ')}`,
  );
  return user;
}

describe('what the user of a dump cannot see', () => {
  const full = 'SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON shop.*';
  for (const [lacks, grants] of [
    ['routines', [full]],
    ['triggers', ['SELECT, SHOW VIEW, EVENT, LOCK TABLES ON shop.*', 'SELECT ON mysql.proc']],
    [
      'tables',
      [
        'SELECT ON shop.item',
        'SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON shop.*',
        'SELECT ON mysql.proc',
      ],
    ],
  ] as const) {
    it(`is named: ${lacks}`, async (t) => {
      const made = await archived(t, await userWith(...grants), 'shop');
      assert.deepEqual(made.skipped, [{ path: `shop: ${lacks}`, reason: 'no-privilege' }]);
      assert.match(made.warnings.join('\n'), new RegExp(`${lacks}`));
    });
  }

  it('is nothing once what om-ops suggests is granted', async (t) => {
    const user = await userWith(full);
    const { warnings } = await archived(t, user, 'shop');
    const statements = /Grant what a dump needs: (.*)$/m.exec(warnings.join('\n'))?.[1] ?? '';
    await server.sql(statements);
    const made = await archived(t, user, 'shop');
    assert.deepEqual(made.skipped, []);
    assert.deepEqual(made.warnings, []);
  });

  it('is nothing for the owner, and for patterns that fit', async (t) => {
    await server.sql('CREATE DATABASE plain; CREATE TABLE plain.t (a INT)');
    for (const grant of ['ALL ON `pla__`.*', 'ALL ON `p%`.*']) {
      assert.deepEqual((await archived(t, await userWith(grant), 'plain')).skipped, []);
    }
    const other = await userWith('ALL ON `pla\\_\\_`.*');
    assert.equal((await failureOf(archived(t, other, 'plain'))).code, 'E_DATABASE_UNKNOWN');
  });

  it('is explained when the program itself refuses', async (t) => {
    const error = await failureOf(archived(t, await userWith(full, 'EXECUTE ON shop.*'), 'shop'));
    assert.equal(error.code, 'E_DATABASE_ACCESS');
    assert.match(error.suggestions.join('\n'), /mysql\.proc/);
  });
});

describe('several databases, one of them broken', () => {
  it('keeps the good one and names the bad one', async (t) => {
    const made = await archived(t, undefined, 'broken', 'shop');
    assert.equal(made.files, 2);
    assert.deepEqual(made.skipped, [{ path: 'broken', reason: 'failed' }]);
    assert.match(made.failed[0]?.error.message ?? '', /broken has a view that does not work/);
    await failureOf(archived(t, undefined, 'broken'));
  });
});

describe('rows', () => {
  it('are counted in the dump, by table', async (t) => {
    await using dumps = await dumpDatabases(
      serverPlan('mysql', { host: '127.0.0.1', port: server.port, user: 'root' }, ['shop']),
      { folder: temporaryFolder(t), progress: silentProgress() },
    );
    assert.deepEqual(dumps.members[0]?.rows, { item: 2 });
  });
});

describe('client files of the user', () => {
  it('do not lead to another server', async (t) => {
    await using other = await startMariaDb();
    await other.sql('CREATE DATABASE shop; USE shop; CREATE TABLE wrong (a INT)');
    const home = temporaryFolder(t);
    useHome(t, home);
    for (const text of [
      `[client]\nport=${other.port}\n`,
      `[client]\nsocket=${other.socket}\nprotocol=socket\n`,
      `[client]\nhost=localhost\nsocket=${other.socket}\n`,
      `[client]\nuser=nobody\n[mysqldump]\nuser=x\nport=${other.port}\n[mariadb-dump]\nsocket=${other.socket}\n`,
    ]) {
      writeFileSync(join(home, '.my.cnf'), text, { mode: 0o600 });
      const folder = join(temporaryFolder(t), 'dumps');
      mkdirSync(folder);
      await using dumps = await dumpDatabases(
        serverPlan('mysql', { host: '127.0.0.1', port: server.port, user: 'root' }, ['shop']),
        { folder, progress: silentProgress() },
      );
      assert.deepEqual(dumps.members[0]?.rows, { item: 2 }, text);
      assert.ok(readFileSync(dumps.members[0].path).length > 0);
    }
  });
});
