import type { DatabaseSync } from 'node:sqlite';

export interface StoredTable {
  name: string;
  hasRowid: boolean;
  columns: readonly StoredColumn[];
}

export interface StoredColumn {
  name: string;
  /** Place in the primary key, from 1; 0: not a part of it. */
  pk: number;
  /** 0: stored; 2 and 3: generated, which cannot be inserted. */
  hidden: number;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function rowColumns(db: DatabaseSync, table: string): StoredColumn[] {
  return db
    .prepare('SELECT name, pk, hidden FROM pragma_table_xinfo(?)')
    .all(table) as unknown as StoredColumn[];
}

/** SQLite has a limit of 1000 arguments, and one for the depth of an expression. */
const columnsPerCall = 500;

/** Where the rows of a table are inserted, `"t"("a","b")`, and the SQL that makes `(1,'x')` of one. */
export function rowExpression(
  db: DatabaseSync,
  table: StoredTable,
): { into: string; expression: string } {
  const columns = table.columns.filter((column) => column.hidden === 0).map(({ name }) => name);
  const rowid = rowidName(db, table);
  const names = columns.map(identifier);
  const values = names.map(quoted);
  if (rowid !== undefined) {
    names.unshift(rowid);
    values.unshift(rowid);
  }
  const groups: string[] = [];
  for (let at = 0; at < values.length; at += columnsPerCall) {
    groups.push(`concat_ws(',',${values.slice(at, at + columnsPerCall).join(',')})`);
  }
  return {
    into: `${identifier(table.name)}(${names.join(',')})`,
    expression: `'('||concat_ws(',',${groups.join(',')})||')'`,
  };
}

/** `quote` stops at a NUL within text. */
function quoted(column: string): string {
  return `CASE WHEN typeof(${column})='text' AND instr(${column},char(0))>0 THEN 'CAST(X'''||hex(CAST(${column} AS BLOB))||''' AS TEXT)' ELSE quote(${column}) END`;
}

/** The name that reaches the row id, unless the table has none or a column of its own is it. */
function rowidName(db: DatabaseSync, { name, hasRowid, columns }: StoredTable): string | undefined {
  if (!hasRowid) return undefined;
  const key = columns.filter(({ pk }) => pk > 0);
  if (key.length === 1) {
    const indexes = db.prepare("SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'").all(name);
    if (indexes.length === 0) return undefined;
  }
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias));
}
