import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram, isOpsError, type OpsError } from '@om-ops/kit';
import type { DatabaseConnection, DatabasePlan } from '@om-ops/kit/database';
import type { MariaDbServer } from '@om-ops/test-support/mariadb';
import { temporaryFolder } from '@om-ops/test-support/temp';

export function serverPlan(
  engine: 'mysql' | 'postgres',
  connection: DatabaseConnection,
  names: readonly string[],
): DatabasePlan {
  const databases = names.map((name) => ({ name, member: `${encodeURIComponent(name)}.sql.gz` }));
  return { engine, connection, databases };
}

export function sqlitePlan(...files: string[]): DatabasePlan {
  const databases = files.map((file, index) => ({
    name: `db${index}`,
    member: `${index}.sql.gz`,
    file,
  }));
  return { engine: 'sqlite', connection: {}, databases };
}

/** The OpsError that a promise has to reject with. */
export async function failureOf(promise: Promise<unknown>): Promise<OpsError> {
  return await promise.then(
    () => assert.fail('It should have failed.'),
    (error: unknown) => {
      assert.ok(isOpsError(error), String(error));
      return error;
    },
  );
}

/** Makes a folder PATH, or its first folder, for one test. */
export function usePath(t: TestContext, path: (before: string | undefined) => string): void {
  const { PATH } = process.env;
  process.env.PATH = path(PATH);
  t.after(() => {
    process.env.PATH = PATH;
  });
}

/** Makes a folder HOME for one test. */
export function useHome(t: TestContext, folder: string): void {
  const { HOME } = process.env;
  process.env.HOME = folder;
  t.after(() => {
    if (HOME === undefined) delete process.env.HOME;
    else process.env.HOME = HOME;
  });
}

/** Leaves one program on PATH for one test. */
export function useOnly(t: TestContext, name: string): void {
  const folder = temporaryFolder(t);
  symlinkSync(findProgram(name) ?? assert.fail(`There is no ${name}.`), join(folder, name));
  usePath(t, () => folder);
}

/** Puts a shell script in front of PATH for one test. */
export function fakeProgram(t: TestContext, name: string, script: string): void {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  usePath(t, (path) => `${folder}:${path}`);
}

/** A password with everything in it that option files, shells and URLs take for something else. */
export const awkwardPassword = `c4nary:"quo'ted" \\back\\:slash #hash; sp ace=ü`;

/** A user `app` with {@link awkwardPassword}, and a database `big` of so many rows of some 800 bytes. */
export async function addAppAndFiller(
  server: MariaDbServer,
  rows: number,
): Promise<DatabaseConnection> {
  const literal = `'${awkwardPassword.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  await server.sql(`CREATE USER 'app'@'%' IDENTIFIED BY ${literal}; GRANT ALL ON *.* TO 'app'@'%';
    CREATE DATABASE big; USE big;
    CREATE TABLE filler (id INT PRIMARY KEY, a TEXT, b BLOB);
    INSERT INTO filler SELECT seq, REPEAT(MD5(seq), 16), UNHEX(REPEAT(MD5(-seq), 8)) FROM seq_1_to_${rows}`);
  return { host: '127.0.0.1', port: server.port, user: 'app', password: awkwardPassword };
}
