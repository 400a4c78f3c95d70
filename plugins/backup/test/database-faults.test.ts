import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type OpsError, type Progress, silentProgress } from '@om-ops/kit';
import type { DatabaseConnection } from '@om-ops/kit/database';
import { type MariaDbServer, startMariaDb } from '@om-ops/test-support/mariadb';
import { childProcesses } from '@om-ops/test-support/processes';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { writeDatabaseArchive } from '../src/database/archive.ts';
import { dumpDatabases } from '../src/database/dump.ts';
import {
  addAppAndFiller,
  awkwardPassword,
  failureOf,
  fakeProgram,
  serverPlan,
  usePath,
} from './dumping.ts';

const plan = (connection: DatabaseConnection, ...names: string[]) =>
  serverPlan('mysql', connection, names);

describe('a dump of MariaDB that fails', { timeout: 60_000 }, () => {
  let server: MariaDbServer;
  let app: DatabaseConnection;
  let root: DatabaseConnection;

  before(async () => {
    server = await startMariaDb();
    app = await addAppAndFiller(server, 40_000);
    await server.sql(`CREATE DATABASE shop; CREATE TABLE shop.t (a INT); CREATE DATABASE auth;
      CREATE TABLE auth.users (id INT); CREATE EVENT auth.nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM auth.users`);
    root = { socket: server.socket, user: 'root' };
  });
  after(() => server.stop());

  it('explains what went wrong, names no password and leaves nothing', async (t) => {
    const folder = temporaryFolder(t);
    const attempt = (connection: DatabaseConnection, ...names: string[]) =>
      failureOf(dumpDatabases(plan(connection, ...names), { folder, progress: silentProgress() }));
    await server.sql(
      "CREATE USER 'reader'@'%' IDENTIFIED BY 'r'; GRANT SELECT ON auth.* TO 'reader'@'%'",
    );
    const reader = { host: '127.0.0.1', port: server.port, user: 'reader', password: 'r' };
    const cases: [OpsError, code: string, message: RegExp][] = [
      [await attempt(root, 'auth', 'nosuch'), 'E_DATABASE_UNKNOWN', /no database nosuch/],
      [
        await attempt({ ...app, password: `${awkwardPassword}x` }, 'shop'),
        'E_DATABASE_ACCESS',
        /refuses the user app/,
      ],
      [await attempt(reader, 'shop'), 'E_DATABASE_UNKNOWN', /shop.*may not use it/],
      [await attempt(reader, 'auth'), 'E_DATABASE_ACCESS', /auth/],
      [
        await attempt({ socket: join(folder, 'no.sock') }, 'shop'),
        'E_DATABASE_UNREACHABLE',
        /no\.sock/,
      ],
      [
        await attempt({ host: '127.0.0.1', port: 1 }, 'shop'),
        'E_DATABASE_UNREACHABLE',
        /127\.0\.0\.1:1/,
      ],
    ];
    for (const [error, code, message] of cases) {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.equal(error.exit, 1);
      assert.ok(error.suggestions.length > 0);
      assert.ok(!JSON.stringify([error.message, error.suggestions]).includes('c4nary'));
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses a dump without its closing line', async (t) => {
    const folder = temporaryFolder(t);
    fakeProgram(
      t,
      'mariadb-dump',
      'case "$1" in --version) exec /usr/bin/mariadb-dump --version;; esac\n/usr/bin/mariadb-dump "$@" | head -n 40',
    );
    const error = await failureOf(
      dumpDatabases(plan(root, 'shop'), { folder, progress: silentProgress() }),
    );
    assert.equal(error.code, 'E_DUMP_INCOMPLETE');
    assert.match(error.message, /shop.*-- Dump completed/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('passes on what the program says when it fails, without the password', async (t) => {
    const folder = temporaryFolder(t);
    fakeProgram(
      t,
      'mariadb-dump',
      `case "$1" in --version) exec /usr/bin/mariadb-dump --version;; esac
echo "-- some text"; tac /dev/fd/3 >&2; printf '%s\\n' "strange trouble with ${awkwardPassword.replaceAll(/["\\$`]/g, '\\$&')}" >&2; exit 3`,
    );
    const error = await failureOf(
      dumpDatabases(plan(app, 'shop'), { folder, progress: silentProgress() }),
    );
    assert.equal(error.code, 'E_DUMP_FAILED');
    assert.match(error.message, /exit code 3.*strange trouble/s);
    assert.ok(!error.message.includes('c4nary'), error.message);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('says which program is missing', async (t) => {
    const empty = temporaryFolder(t);
    usePath(t, () => empty);
    const error = await failureOf(
      dumpDatabases(plan(root, 'shop'), { folder: temporaryFolder(t), progress: silentProgress() }),
    );
    assert.deepEqual([error.code, error.exit], ['E_PROGRAM_MISSING', 5]);
    assert.match(error.suggestions.join(), /mariadb-client/);
  });

  it('ends the program and leaves nothing when it is interrupted', async (t) => {
    const folder = temporaryFolder(t);
    const controller = new AbortController();
    const progress: Progress = {
      warn() {},
      signal: controller.signal,
      report({ bytes = 0 }) {
        if (bytes > 2_000_000) controller.abort();
      },
    };
    const started = performance.now();
    const error = await failureOf(dumpDatabases(plan(root, 'big'), { folder, progress }));
    assert.equal(error.code, 'E_INTERRUPTED');
    assert.deepEqual(readdirSync(folder), []);
    assert.ok(performance.now() - started < 10_000);
    await waitFor(
      'the end of mariadb-dump',
      () => !childProcesses().some(({ name }) => name === 'mariadb-dump'),
    );
  });

  it('says when the disk is full', async (t) => {
    await using output = await open('/dev/full', 'w');
    const options = {
      output,
      progress: silentProgress(),
      folder: temporaryFolder(t),
      version: '0',
    };
    await assert.rejects(writeDatabaseArchive(plan(root, 'auth'), options), { code: 'ENOSPC' });
  });

  it('explains a server that goes away in the middle', async (t) => {
    const folder = temporaryFolder(t);
    let killed: Promise<void> | undefined;
    const progress: Progress = {
      ...silentProgress(),
      report({ bytes = 0 }) {
        if (bytes > 2_000_000) killed ??= server.kill();
      },
    };
    const error = await failureOf(dumpDatabases(plan(root, 'big'), { folder, progress }));
    await killed;
    assert.equal(error.code, 'E_DATABASE_LOST', error.message);
    assert.match(error.message, /big/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
