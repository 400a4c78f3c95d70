import type { Row, Server } from '../server/server.ts';
import type { ArchivedRow } from './archive.ts';
import { noColumn, noKey, noTable } from './postgres.ts';
import { type CleanupServer, type CleanupTable, type Dependent, inTransaction } from './rows.ts';

const tick = (name: string) => `\`${name.replaceAll('`', '``')}\``;

export function mysqlCleanup(server: Server): CleanupServer {
  return {
    look: (table, column, ageMs) => look(server, table, column, ageMs),
    batch: (options) => batch(server, options),
    putBack: (rows) => putBack(server, rows),
  };
}

interface Column extends Row {
  name: string;
  type: string;
  generated: number;
}

async function columnsOf(server: Server, table: string): Promise<Column[]> {
  return server.rows<Column>(
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS type, GENERATION_EXPRESSION IS NOT NULL AND GENERATION_EXPRESSION <> '' AS \`generated\`
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [server.target.database, table],
  );
}

async function look(
  server: Server,
  table: string,
  column: string,
  ageMs: number,
): Promise<CleanupTable> {
  const columns = await columnsOf(server, table);
  if (columns.length === 0) throw noTable(table);
  const type = columns.find(({ name }) => name === column)?.type;
  if (type === undefined || !/^(?:datetime|timestamp|date)$/.test(type))
    throw noColumn(table, column, type);
  const key = await server.rows<{ name: string }>(
    "SELECT COLUMN_NAME AS name FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX",
    [server.target.database, table],
  );
  if (key.length === 0) throw noKey(table);
  const [old] = await server.rows<{ count: number; oldest: string | null; cutoff: string }>(
    `SELECT COUNT(*) AS count, MIN(${tick(column)}) AS oldest, NOW(6) - INTERVAL ? SECOND AS cutoff FROM ${tick(table)} WHERE ${tick(column)} < NOW(6) - INTERVAL ? SECOND`,
    [Math.round(ageMs / 1000), Math.round(ageMs / 1000)],
  );
  const cutoff = String(old?.cutoff ?? '');
  return {
    table,
    key: key.map(({ name }) => name),
    keyTypes: [],
    count: Number(old?.count ?? 0),
    oldest: old?.oldest ?? null,
    cutoff,
    dependents: await dependents(server, table, column, cutoff),
  };
}

/** Rows of others that refer to those that go. */
async function dependents(
  server: Server,
  table: string,
  column: string,
  cutoff: string,
): Promise<Dependent[]> {
  const keys = await server.rows<{
    child: string;
    childColumn: string;
    parentColumn: string;
    action: string;
  }>(
    `SELECT k.TABLE_NAME AS child, k.COLUMN_NAME AS childColumn, k.REFERENCED_COLUMN_NAME AS parentColumn, r.DELETE_RULE AS action
     FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
       ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
     WHERE k.REFERENCED_TABLE_SCHEMA = ? AND k.REFERENCED_TABLE_NAME = ? AND k.ORDINAL_POSITION = 1`,
    [server.target.database, table],
  );
  const found: Dependent[] = [];
  for (const { child, childColumn, parentColumn, action } of keys) {
    const [counted] = await server.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${tick(child)} WHERE ${tick(childColumn)} IN (SELECT ${tick(parentColumn)} FROM ${tick(table)} WHERE ${tick(column)} < ?)`,
      [cutoff],
    );
    const rows = Number(counted?.count ?? 0);
    if (rows > 0)
      found.push({
        table: child,
        action: action === 'CASCADE' ? 'cascade' : action === 'SET NULL' ? 'set-null' : 'restrict',
        rows,
      });
  }
  return found;
}

async function batch(
  server: Server,
  { table, column, size, keep }: Parameters<CleanupServer['batch']>[0],
): Promise<Record<string, number>> {
  return inTransaction(server, async () => {
    const columns = await columnsOf(server, table.table);
    const keys = table.key.map(tick);
    // As hexadecimal: every type comes back as it was.
    const hex = columns.map(({ name }) => `HEX(${tick(name)}) AS ${tick(`h:${name}`)}`).join(', ');
    const rows = await server.rows(
      `SELECT ${hex}, ${columns.map(({ name, type }) => textOf(name, type)).join(', ')} FROM ${tick(table.table)}
       WHERE ${tick(column)} < ? ORDER BY ${keys.join(', ')} LIMIT ${size} FOR UPDATE`,
      [table.cutoff],
    );
    if (rows.length === 0) return {};
    keep?.(rows.map((row) => ({ table: table.table, row: JSON.stringify(kept(row, columns)) })));
    const condition = rows
      .map(
        (row) =>
          `(${table.key.map((name) => `${tick(name)} = ${literalOf(row[`t:${name}`])}`).join(' AND ')})`,
      )
      .join(' OR ');
    const [done] = await server.rows<{ affectedRows: number }>(
      `DELETE FROM ${tick(table.table)} WHERE (${condition}) AND ${tick(column)} < ?`,
      [table.cutoff],
    );
    const count = Number(done?.affectedRows ?? 0);
    if (count !== rows.length)
      throw new Error(
        `${rows.length} rows of ${table.table} were kept and ${count} would go; nothing of this batch went.`,
      );
    return { [table.table]: count };
  });
}

const binary =
  /^(?:binary|varbinary|tinyblob|blob|mediumblob|longblob|bit|geometry|point|linestring|polygon|multi\w+|geometrycollection|uuid|inet[46])$/;

function textOf(name: string, type: string): string {
  return binary.test(type)
    ? `HEX(${tick(name)}) AS ${tick(`t:${name}`)}`
    : `CAST(${tick(name)} AS CHAR) AS ${tick(`t:${name}`)}`;
}

/** Of bytes their hexadecimal digits, of all else its text. */
function kept(
  row: Row,
  columns: readonly Column[],
): Record<string, string | null | { hex: string }> {
  return Object.fromEntries(
    columns
      .filter(({ generated }) => Number(generated) === 0)
      .map(({ name, type }) => {
        const text = row[`t:${name}`];
        if (text === null || text === undefined) return [name, null];
        return [name, binary.test(type) ? { hex: String(row[`h:${name}`]) } : String(text)];
      }),
  );
}

function literalOf(value: unknown): string {
  return `'${String(value).replace(/\\/g, '\\\\').replaceAll("'", "''")}'`;
}

async function putBack(server: Server, rows: readonly ArchivedRow[]): Promise<number> {
  return inTransaction(server, async () => {
    let count = 0;
    for (const { table, row } of rows) {
      const values = Object.entries(
        JSON.parse(row) as Record<string, string | null | { hex: string }>,
      );
      const names = values.map(([name]) => tick(name)).join(', ');
      const places = values
        .map(([, value]) => (typeof value === 'object' && value !== null ? 'UNHEX(?)' : '?'))
        .join(', ');
      const [done] = await server.rows<{ affectedRows: number }>(
        `INSERT IGNORE INTO ${tick(table)} (${names}) VALUES (${places})`,
        values.map(([, value]) =>
          typeof value === 'object' && value !== null ? value.hex : value,
        ),
      );
      count += Number(done?.affectedRows ?? 0);
    }
    return count;
  });
}
