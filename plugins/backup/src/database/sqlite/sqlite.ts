import { constants, promises } from 'node:fs';
import { dirname, join } from 'node:path';
import { isThere, OpsError } from '@om-ops/kit';
import type { PlannedDatabase } from '@om-ops/kit/database';
import {
  type DatabaseEngine,
  type DatabaseFacts,
  leftOut,
  type RunningDump,
  type ServerFacts,
} from '../engine.ts';
import { copySqlite } from './copy.ts';
import { sqliteDump } from './dump.ts';
import { explainSqlite } from './error.ts';

/** SQLite files, by the SQLite that is in Node: the program sqlite3 is not needed. `folder` is private to this backup. */
export class SqliteEngine implements DatabaseEngine {
  readonly name = 'sqlite';
  readonly where: string;
  readonly #folder: string;
  readonly #facts = new Map<string, DatabaseFacts>();

  constructor(databases: readonly PlannedDatabase[], folder: string) {
    this.#folder = folder;
    this.where = [...new Set(databases.map((database) => dirname(database.file ?? '.')))].join(
      ', ',
    );
  }

  async inspect(databases: readonly PlannedDatabase[]): Promise<ServerFacts> {
    const facts = this.#facts;
    const absent: PlannedDatabase[] = [];
    for (const database of databases) {
      const { name, file = '', optional } = database;
      if (optional && !isThere(file)) absent.push(database);
      else facts.set(name, { bytes: await sizeOf(database) });
    }
    const version = process.versions.sqlite ?? 'of unknown version';
    return {
      server: version,
      client: `om-ops, SQLite ${version}`,
      databases: facts,
      absent: absent.map(({ name }) => name),
      warnings: absent.map((database) => leftOut(database, this.where)),
    };
  }

  async start(database: PlannedDatabase, signal: AbortSignal): Promise<RunningDump> {
    const file = database.file ?? '';
    const copy = join(this.#folder, 'copy.db');
    const done = Promise.withResolvers<readonly string[]>();
    // Whoever awaits `done` later still gets the rejection; until then it must not end the process.
    done.promise.catch(() => {});
    await removeCopy(copy);
    try {
      await copySqlite(file, copy, signal);
    } catch (error) {
      await removeCopy(copy);
      throw explainSqlite(error, file);
    }
    const known = this.#facts.get(database.name);
    const tables = await tablesIn(copy);
    if (known !== undefined && tables !== undefined) known.tables = tables;
    async function* output(): AsyncGenerator<Uint8Array> {
      try {
        yield* sqliteDump(copy, database.name);
        done.resolve([]);
      } catch (error) {
        done.reject(explainSqlite(error, file));
        throw explainSqlite(error, file);
      } finally {
        done.reject(new OpsError('E_DUMP_FAILED', `The dump of ${file} was not read to its end.`));
        await removeCopy(copy);
      }
    }
    return { output: output(), done: done.promise };
  }
}

/** Of a copy that was just made, which nobody else has open. Undefined when it is no whole database: dumping it says more. */
async function tablesIn(copy: string): Promise<number | undefined> {
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(copy, { readOnly: true });
    try {
      const row = database
        .prepare("SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table'")
        .get();
      return Number(row?.count);
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

async function removeCopy(copy: string): Promise<void> {
  for (const suffix of ['', '-journal', '-wal', '-shm']) {
    await promises.rm(copy + suffix, { force: true });
  }
}

/** @throws OpsError E_DATABASE_UNKNOWN, E_PERMISSION (exit 5) */
async function sizeOf({ file = '', tried }: PlannedDatabase): Promise<number> {
  if (tried !== undefined && !isThere(file)) throw notFound(tried);
  try {
    const stat = await promises.stat(file);
    if (!stat.isFile()) {
      throw new OpsError('E_DATABASE_UNKNOWN', `${file} is no SQLite database: it is no file.`, {
        exit: 'requirement',
        suggestions: ['Check `database.files` in the site profile: om-ops config show'],
      });
    }
    await promises.access(file, constants.R_OK);
    const wal = await promises.stat(`${file}-wal`).catch(() => undefined);
    return stat.size + (wal?.size ?? 0);
  } catch (error) {
    throw explainSqlite(error, file);
  }
}

function notFound(tried: readonly string[]): OpsError {
  return new OpsError(
    'E_DATABASE_UNKNOWN',
    `There is no SQLite database at any of the places that the env files may mean: ${tried.join(', ')}.`,
    {
      exit: 'requirement',
      suggestions: ['Name the file in the site profile: database: {files: [data/app.db]}'],
    },
  );
}
