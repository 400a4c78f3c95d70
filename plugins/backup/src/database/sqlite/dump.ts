import type { DatabaseSync } from 'node:sqlite';
import { closingLines } from '../closing-line.ts';
import { identifier, literal, rowColumns, rowExpression, type StoredTable } from './rows.ts';

const chunkSize = 256 * 1024;
/** Restoring is quickest with many rows in a statement, and a statement has a limit. */
const statementSize = 64 * 1024;

/**
 * A database as SQL text, in pieces: what `sqlite3 FILE .dump` writes and what that loses: row ids,
 * text that holds NUL or is not UTF-8, generated columns, application id, user version, statistics. Ends with
 * the line `-- Dump completed`. The file must not be written to meanwhile.
 *
 * Whoever restores it needs an empty database, and SQLite's defensive mode off when there are
 * virtual tables.
 */
export async function* sqliteDump(file: string, name: string): AsyncGenerator<Uint8Array> {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    yield* chunked(statements(db, name));
  } finally {
    db.close();
  }
}

function* chunked(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  let chunk = Buffer.allocUnsafeSlow(chunkSize);
  let filled = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (filled + bytes.length > chunkSize) {
      yield chunk.subarray(0, filled);
      chunk = Buffer.allocUnsafeSlow(chunkSize);
      filled = 0;
    }
    if (bytes.length > chunkSize) yield bytes;
    else {
      chunk.set(bytes, filled);
      filled += bytes.length;
    }
  }
  yield chunk.subarray(0, filled);
}

interface SchemaEntry {
  type: string;
  name: string;
  tbl_name: string;
  sql: string;
}

function* statements(db: DatabaseSync, name: string): Generator<string | Uint8Array> {
  const pragma = (setting: string): string | number => {
    const value = Object.values(db.prepare(`PRAGMA ${setting}`).get() ?? {})[0];
    return typeof value === 'string' ? value : Number(value);
  };
  const isUtf8 = pragma('encoding') === 'UTF-8';
  const isWal = pragma('journal_mode') === 'wal';
  const kinds = tableKinds(db);
  const schema = db
    .prepare(
      'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid',
    )
    .all() as unknown as SchemaEntry[];
  const tables = schema.filter((entry) => entry.type === 'table' && !/^sqlite_/i.test(entry.name));
  const isVirtual = (entry: SchemaEntry) => kinds.get(entry.name)?.type === 'virtual';
  const isShadow = (entry: SchemaEntry) => kinds.get(entry.name)?.type === 'shadow';

  yield `-- om-ops SQLite dump of ${name.replace(/\s+/g, ' ')}, made by SQLite ${process.versions.sqlite}\n`;
  yield '-- Restore into an empty database: sqlite3 -bail NEW.db < DUMP.sql\n';
  yield 'PRAGMA foreign_keys=OFF;\n';
  yield `PRAGMA encoding=${literal(String(pragma('encoding')))};\n`;
  yield `PRAGMA page_size=${pragma('page_size')};\n`;
  yield `PRAGMA auto_vacuum=${pragma('auto_vacuum')};\n`;
  yield 'BEGIN TRANSACTION;\n';
  yield `PRAGMA application_id=${pragma('application_id')};\n`;
  yield `PRAGMA user_version=${pragma('user_version')};\n`;

  const rows = (table: string) => insertions(db, stored(db, table, kinds), isUtf8);
  for (const entry of tables.filter((table) => !isVirtual(table) && !isShadow(table))) {
    yield terminated(entry.sql);
    yield* rows(entry.name);
  }
  const unknown: SchemaEntry[] = [];
  for (const entry of tables.filter(isVirtual)) {
    if (hasModule(db, entry.name)) yield terminated(entry.sql);
    else unknown.push(entry);
  }
  // What a virtual table keeps its data in exists, with a few rows, as soon as the table does.
  for (const entry of tables.filter(isShadow)) {
    yield `DELETE FROM ${identifier(entry.name)};\n`;
    yield* rows(entry.name);
  }
  if (unknown.length > 0) yield* unknownModules(unknown);
  if (kinds.has('sqlite_sequence')) {
    yield 'DELETE FROM sqlite_sequence;\n';
    yield* rows('sqlite_sequence');
  }
  if (kinds.has('sqlite_stat1')) {
    yield 'ANALYZE sqlite_schema;\nDELETE FROM sqlite_stat1;\n';
    yield* rows('sqlite_stat1');
  }
  // Last, so that no trigger fires and no index is kept up during the restore.
  for (const type of ['index', 'view', 'trigger']) {
    for (const entry of schema) if (entry.type === type) yield terminated(entry.sql);
  }
  yield 'COMMIT;\n';
  if (isWal) yield 'PRAGMA journal_mode=WAL;\n';
  yield `${closingLines.sqlite}\n`;
}

interface TableKind {
  /** `table`, `view`, `virtual`, `shadow`. */
  type: string;
  wr: number;
}

function tableKinds(db: DatabaseSync): Map<string, TableKind> {
  const list = db
    .prepare("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'")
    .all() as unknown as (TableKind & { name: string })[];
  return new Map(list.map((entry) => [entry.name, entry]));
}

/** Its statement may end in a comment, which would swallow the semicolon. */
function terminated(sql: string): string {
  return sql.includes('--') ? `${sql}\n;\n` : `${sql};\n`;
}

function hasModule(db: DatabaseSync, table: string): boolean {
  try {
    db.prepare(`SELECT 1 FROM ${identifier(table)}`);
    return true;
  } catch (error) {
    if (error instanceof Error && /no such module/i.test(error.message)) return false;
    throw error;
  }
}

/** Virtual tables of an extension that Node lacks are written into the schema, as sqlite3 does it. */
function* unknownModules(entries: readonly SchemaEntry[]): Generator<string> {
  yield 'PRAGMA writable_schema=ON;\n';
  for (const { name, tbl_name, sql } of entries) {
    yield `INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql) VALUES('table',${literal(name)},${literal(tbl_name)},0,${literal(sql)});\n`;
  }
  yield 'PRAGMA writable_schema=OFF;\n';
}

function stored(db: DatabaseSync, table: string, kinds: Map<string, TableKind>): StoredTable {
  return { name: table, hasRowid: kinds.get(table)?.wr === 0, columns: rowColumns(db, table) };
}

function* insertions(
  db: DatabaseSync,
  table: StoredTable,
  isUtf8: boolean,
): Generator<string | Uint8Array> {
  const { into, expression } = rowExpression(db, table);
  // As bytes: Node would replace what is not UTF-8.
  const row = isUtf8 ? `CAST(${expression} AS BLOB)` : expression;
  const statement = db.prepare(
    `SELECT ${row} AS v FROM main.${identifier(table.name)} NOT INDEXED`,
  );
  const start = `INSERT INTO ${into} VALUES\n`;
  let size = 0;
  for (const { v } of statement.iterate() as Iterable<{ v?: unknown }>) {
    const values = v as string | Uint8Array;
    if (size > statementSize) size = 0;
    yield size === 0 ? start : ',\n';
    yield values;
    size += values.length + 1;
    if (size > statementSize) yield ';\n';
  }
  if (size > 0 && size <= statementSize) yield ';\n';
}
