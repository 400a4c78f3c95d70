import { attempt, type Look } from './look.ts';

export interface DatabaseSize {
  name: string;
  /** Null: this user may not connect to it. */
  bytes: number | null;
}

export interface TableSize {
  name: string;
  rows: number | null;
  totalBytes: number;
  tableBytes: number;
  indexBytes: number;
  /** Of PostgreSQL: long values, kept apart. */
  toastBytes: number | null;
  /** Partitions that are counted in it. */
  partitions: number;
  /** Since the last look; null: there was none. */
  growthBytes: number | null;
}

export async function databaseSizes(look: Look): Promise<DatabaseSize[]> {
  if (look.server.version.flavour === 'postgres')
    return look.server.rows<DatabaseSize & Record<string, unknown>>(
      `SELECT datname AS name, CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) END AS bytes
       FROM pg_database WHERE NOT datistemplate ORDER BY 2 DESC NULLS LAST`,
    );
  return (
    (await attempt<DatabaseSize & Record<string, unknown>>(
      look,
      'The sizes of the databases are',
      `SELECT TABLE_SCHEMA AS name, SUM(DATA_LENGTH + INDEX_LENGTH) AS bytes FROM information_schema.TABLES
       WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'sys') GROUP BY 1 ORDER BY 2 DESC`,
    )) ?? []
  );
}

type TableRow = Omit<TableSize, 'growthBytes'> & Record<string, unknown>;

export async function tableSizes(
  look: Look,
  top: number,
): Promise<Omit<TableSize, 'growthBytes'>[]> {
  if (look.server.version.flavour === 'postgres')
    // Partitions count for the table they are of, whatever their depth.
    return look.server.rows<TableRow>(
      `WITH RECURSIVE tree AS (
         SELECT c.oid AS top, c.oid AS part FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
             AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'
         UNION ALL SELECT t.top, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.part
           JOIN pg_class p ON p.oid = i.inhrelid WHERE p.relispartition)
       SELECT top::regclass::text AS name,
         sum(CASE WHEN c.reltuples >= 0 THEN c.reltuples END)::bigint AS rows,
         sum(pg_total_relation_size(part))::bigint AS "totalBytes",
         sum(pg_relation_size(part))::bigint AS "tableBytes", sum(pg_indexes_size(part))::bigint AS "indexBytes",
         sum(coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0))::bigint AS "toastBytes",
         (count(*) - 1)::int AS partitions
       FROM tree JOIN pg_class c ON c.oid = part GROUP BY top ORDER BY 3 DESC LIMIT $1`,
      [top],
    );
  return (
    (await attempt<TableRow>(
      look,
      'The sizes of the tables are',
      `SELECT TABLE_NAME AS name, TABLE_ROWS AS \`rows\`, DATA_LENGTH + INDEX_LENGTH AS totalBytes, DATA_LENGTH AS tableBytes,
         INDEX_LENGTH AS indexBytes, NULL AS toastBytes, 0 AS partitions
       FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' ORDER BY 3 DESC LIMIT ?`,
      [look.server.target.database, top],
    )) ?? []
  );
}
